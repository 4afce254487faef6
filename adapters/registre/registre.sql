-- The registry: who the partners are, which agents they habilitate, which cases they are mandated for, who sits where.
-- Executed by the installer as the owner, with search_path on the tenant's schema. Safe to run again.
--
-- Nothing is overwritten: a change adds a row, and of one thing the last row holds. What was known on a past day is read
-- off the rows recorded until then. unefois_api reads. unefois_registre adds, in the name of a habilitated agent: each
-- row is checked against the law, takes the next revision, in whose order every process reads, and leaves its row of the
-- journal (who, what, before, after), in the same transaction. Who holds the role's password has no other way.

-- Version 1 changed its rows in place. What they say becomes the first row of each thing, below; of what they said
-- before, nothing is known. An agent is whoever was habilitated: the table of their names said nothing more.
DO $$
BEGIN
    IF to_regclass('registre_revision') IS NOT NULL THEN
        CREATE TEMP TABLE anciennes ON COMMIT DROP AS
        SELECT row_number() OVER () AS revision, a.* FROM (
                      SELECT 'partenaires' AS nature, to_jsonb(t) AS corps FROM partenaires AS t
            UNION ALL SELECT 'clients', to_jsonb(t) FROM clients AS t
            UNION ALL SELECT 'habilitations', to_jsonb(t) FROM habilitations AS t
            UNION ALL SELECT 'mandats', to_jsonb(t) FROM mandats AS t
            UNION ALL SELECT 'seances', to_jsonb(t) FROM seances AS t
            UNION ALL SELECT 'membres', to_jsonb(t) FROM membres AS t) AS a;
        DROP TABLE registre_revision, clients, habilitations, agents, mandats, seances, membres, partenaires;
    END IF;
END $$;

-- Who changed the registry, and when: one row per row of the tables below, which it gives its revision.
CREATE TABLE IF NOT EXISTS registre_changements (
    revision    bigint      PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    nature      text        NOT NULL,
    par         text        NOT NULL CHECK (par <> ''),
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE IF NOT EXISTS partenaires (
    revision     bigint PRIMARY KEY REFERENCES registre_changements,
    code         text NOT NULL CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    siret        text NOT NULL CHECK (siret ~ '^([0-9]{14})?$'),  -- empty: a natural person, who has none
    nom          text NOT NULL CHECK (nom <> ''),
    role         text NOT NULL CHECK (role ~ '^[A-Z][A-Z0-9_]*$'),
    finalites    text[] NOT NULL,
    territoire   text NOT NULL CHECK (territoire IN ('departement', 'communes', 'aucun')),
    communes     text[] NOT NULL DEFAULT '{}',
    portefeuille text[] NOT NULL DEFAULT '{}',
    suspendu_le  date,
    CHECK ((territoire = 'communes') = (cardinality(communes) > 0))
);

ALTER TABLE partenaires DROP CONSTRAINT IF EXISTS partenaires_siret_check,
    ADD CONSTRAINT partenaires_siret_check CHECK (siret ~ '^([0-9]{14})?$');

CREATE TABLE IF NOT EXISTS clients (
    revision   bigint PRIMARY KEY REFERENCES registre_changements,
    client_id  text NOT NULL CHECK (client_id <> ''),
    partenaire text NOT NULL,
    retire_le  date
);

-- A named agent is habilitated by someone, for purposes, from a day to a day, both included.
CREATE TABLE IF NOT EXISTS habilitations (
    revision    bigint PRIMARY KEY REFERENCES registre_changements,
    id          uuid NOT NULL,
    partenaire  text NOT NULL,
    agent       text NOT NULL CHECK (agent ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$'),
    finalites   text[] NOT NULL CHECK (cardinality(finalites) > 0),
    secret      text NOT NULL CHECK (secret IN ('aucun', 'profession', 'mission')),
    du          date NOT NULL,
    au          date NOT NULL CHECK (au >= du),
    par         text NOT NULL CHECK (par <> ''),
    revoquee_le date
);

-- A partner reads more than its own contributions to a case once the CCAPEX instructeur has confirmed its mandate.
-- personne: who of the case the account of a data subject is of; nobody else's account is bound to a person.
CREATE TABLE IF NOT EXISTS mandats (
    revision     bigint PRIMARY KEY REFERENCES registre_changements,
    partenaire   text NOT NULL,
    dossier      uuid NOT NULL,
    confirme_par text NOT NULL CHECK (confirme_par <> ''),
    du           date NOT NULL,
    au           date NOT NULL CHECK (au >= du),
    revoque_le   date,
    personne     uuid
);
ALTER TABLE mandats ADD COLUMN IF NOT EXISTS personne uuid;

-- A commission as a configured body: its kind, the legal regime that it sits under, where it is competent, who keeps its
-- papers, from when to when, by which text. Places are typed: arrondissement 93001 is not commune 93001.
CREATE TABLE IF NOT EXISTS instances (
    revision    bigint PRIMARY KEY REFERENCES registre_changements,
    code        text NOT NULL CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    libelle     text NOT NULL CHECK (libelle <> ''),
    genre       text NOT NULL CHECK (genre ~ '^[A-Z]+$'),
    regime      text NOT NULL CHECK (regime ~ '^[A-Z][A-Z0-9_]*$'),
    lieux       text[] NOT NULL CHECK (cardinality(lieux) > 0),
    secretariat text NOT NULL,
    valid_from  date NOT NULL,
    valid_to    date CHECK (valid_to >= valid_from),
    legal_ref   text NOT NULL CHECK (legal_ref <> ''),
    tag         text NOT NULL CHECK (tag IN ('STATED', '2nd-HAND', 'INFERRED'))
);

-- lieu: a body (« instance:CODE »), or the place of a commission that no body was made of. Seats that a session names are
-- those of that day; where it names none, those of the commission sit.
CREATE TABLE IF NOT EXISTS seances (
    revision      bigint PRIMARY KEY REFERENCES registre_changements,
    id            uuid NOT NULL,
    instance      text NOT NULL,
    lieu          text NOT NULL,
    convoquee_le  date NOT NULL,
    seance_le     date NOT NULL CHECK (seance_le >= convoquee_le),
    annulee_le    date
);
ALTER TABLE seances ADD COLUMN IF NOT EXISTS heure text CHECK (heure ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
    ADD COLUMN IF NOT EXISTS salle text CHECK (length(salle) BETWEEN 1 AND 200),
    ADD COLUMN IF NOT EXISTS deliberatifs text[], ADD COLUMN IF NOT EXISTS consultatifs text[],
    ADD COLUMN IF NOT EXISTS suppleants text[];

CREATE TABLE IF NOT EXISTS membres (
    revision   bigint PRIMARY KEY REFERENCES registre_changements,
    instance   text NOT NULL,
    lieu       text NOT NULL,
    partenaire text NOT NULL,
    voix       text NOT NULL CHECK (voix IN ('deliberative', 'consultative')),
    sorti_le   date
);

-- Which commissions there are is a row of law (droit_niveaux).
DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY '{seances, membres}'::text[] LOOP
        EXECUTE format('ALTER TABLE %1$I DROP CONSTRAINT IF EXISTS %1$s_instance_check, DROP CONSTRAINT IF EXISTS %1$s_lieu_check,'
                       ' ADD CONSTRAINT %1$s_instance_check CHECK (instance ~ ''^[A-Z]+$''),'
                       ' ADD CONSTRAINT %1$s_lieu_check CHECK (lieu ~ ''^(departement|(commune|arrondissement):[0-9AB]{5}'
                       '|instance:[a-z0-9][a-z0-9-]{0,62})$'')', t);
    END LOOP;
END $$;

-- A session as it was held: who was there, seat by seat, and the quorum as it was recorded, with the text that asks it.
CREATE TABLE IF NOT EXISTS tenues (
    revision   bigint PRIMARY KEY REFERENCES registre_changements,
    seance     uuid NOT NULL,
    tenue_le   date NOT NULL,
    presents   text[] NOT NULL,
    excuses    text[] NOT NULL,
    absents    text[] NOT NULL,
    quorum     text NOT NULL CHECK (quorum IN ('atteint', 'non_atteint', 'sans_objet')),
    quorum_ref text CHECK (length(quorum_ref) BETWEEN 1 AND 200),
    CHECK ((quorum = 'sans_objet') = (quorum_ref IS NULL))
);

-- Who administers the registry in the browser (« unefois intendance »): a named agent, from a day to a day, both included. It
-- gives no right on any case: who reads one is habilitated for it, as anybody.
CREATE TABLE IF NOT EXISTS administrateurs (
    revision   bigint PRIMARY KEY REFERENCES registre_changements,
    partenaire text NOT NULL,
    agent      text NOT NULL CHECK (agent ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$'),
    du         date NOT NULL,
    au         date NOT NULL CHECK (au >= du),
    par        text NOT NULL CHECK (par <> ''),
    retire_le  date
);

DO $$
DECLARE
    t text;
BEGIN
    IF to_regclass('anciennes') IS NOT NULL THEN
        INSERT INTO registre_changements (nature, par)
        SELECT nature, 'unefois installer' FROM anciennes ORDER BY revision;
        FOR t IN SELECT DISTINCT nature FROM anciennes LOOP
            EXECUTE format('INSERT INTO %1$I SELECT (jsonb_populate_record(NULL::%1$I, corps || jsonb_build_object('
                           '''revision'', revision))).* FROM anciennes WHERE nature = %1$L', t);
        END LOOP;
    END IF;
END $$;

-- The law that a row is checked against. Each installation writes it anew, off the tables that the program reads too
-- (droit.py): where the two differ, the program does not start.
CREATE TABLE IF NOT EXISTS droit_roles (
    code                text PRIMARY KEY,
    finalites           text[]  NOT NULL,
    personne_elle_meme  boolean NOT NULL,
    confirme_mandats    boolean NOT NULL,
    personne_physique   boolean NOT NULL   -- may be, or is where personne_elle_meme: then it has no SIRET
);
ALTER TABLE droit_roles ADD COLUMN IF NOT EXISTS commissions text[] NOT NULL DEFAULT '{}';
CREATE TABLE IF NOT EXISTS droit_communes (
    code           text NOT NULL,
    arrondissement text NOT NULL,
    valid_from     date NOT NULL,
    valid_to       date NOT NULL
);
CREATE TABLE IF NOT EXISTS droit_niveaux (
    instance   text NOT NULL,
    niveau     text NOT NULL,
    valid_from date NOT NULL,
    valid_to   date NOT NULL
);
CREATE TABLE IF NOT EXISTS droit_regimes (
    instance   text NOT NULL,
    regime     text NOT NULL,
    valid_from date NOT NULL,
    valid_to   date NOT NULL
);
CREATE TABLE IF NOT EXISTS droit_bornes (
    nom        text NOT NULL,
    minimum    int  NOT NULL,
    maximum    int  NOT NULL,
    valid_from date NOT NULL,
    valid_to   date NOT NULL
);

-- The lock of who changes the registry: as that of the writers, nobody else may take it.
CREATE TABLE IF NOT EXISTS verrou_du_registre ();
GRANT UPDATE ON verrou_du_registre TO unefois_registre;

-- What is refused is told in French, to whoever asks: the field, and the remedy.
CREATE OR REPLACE FUNCTION registre_exiger(vrai boolean, phrase text) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF vrai IS NOT TRUE THEN
        RAISE EXCEPTION USING MESSAGE = phrase;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION registre_aujourd_hui() RETURNS date
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$ SELECT (now() AT TIME ZONE 'Europe/Paris')::date $$;

CREATE OR REPLACE FUNCTION registre_partenaire(p_code text) RETURNS partenaires
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT * FROM partenaires WHERE code = p_code ORDER BY revision DESC LIMIT 1
$$;

-- The habilitations that hold on a day, as they stand now, at partners who are not suspended: of an agent, or of all.
CREATE OR REPLACE FUNCTION registre_habilitations(p_le date, p_agent text DEFAULT NULL) RETURNS SETOF habilitations
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
BEGIN
    RETURN QUERY EXECUTE
        'SELECT (h).* FROM (SELECT DISTINCT ON (agent, partenaire, id) h FROM habilitations AS h'
        || CASE WHEN p_agent IS NULL THEN '' ELSE ' WHERE agent = $2' END
        || ' ORDER BY agent, partenaire, id, revision DESC) AS x'
           ' WHERE (h).revoquee_le IS NULL AND $1 BETWEEN (h).du AND (h).au'
           ' AND coalesce((registre_partenaire((h).partenaire)).suspendu_le > $1, true)'
    USING p_le, p_agent;
END $$;

-- Whether an agent administers the registry today, at a partner who is not suspended.
CREATE OR REPLACE FUNCTION registre_administre(p_partenaire text, p_agent text) RETURNS boolean
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT coalesce((SELECT a.retire_le IS NULL AND registre_aujourd_hui() BETWEEN a.du AND a.au
                            AND coalesce((registre_partenaire(p_partenaire)).suspendu_le > registre_aujourd_hui(), true)
                       FROM administrateurs AS a WHERE a.partenaire = p_partenaire AND a.agent = p_agent
                      ORDER BY a.revision DESC LIMIT 1), false)
$$;

-- Who changes or consults the registry (SET unefois.agent = 'PARTENAIRE/AGENT'): an agent who is habilitated today, or who
-- administers it, of a partner who is not suspended. What the application tells of sessions takes a habilitation.
-- As long as nobody is (an empty registry, or one where all that was given has ended), who is named may make itself the
-- first, and no more: inscribe the partner that it names, and habilitate itself there (« amorce »).
CREATE OR REPLACE FUNCTION registre_qui(OUT organisation text, OUT agent text, OUT fonction text, OUT amorce boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT SET enable_seqscan = off AS $$
DECLARE
    nomme text := coalesce(current_setting('unefois.agent', true), '');
    le    date := registre_aujourd_hui();
BEGIN
    PERFORM registre_exiger(
        nomme ~ '^[a-z0-9][a-z0-9-]{0,62}/[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
        'Dites qui change ou consulte le registre : « --par PARTENAIRE/AGENT », comme « dpo93/camille ».');
    organisation := split_part(nomme, '/', 1);
    agent := split_part(nomme, '/', 2);
    fonction := coalesce((registre_partenaire(organisation)).role, '');
    IF EXISTS (SELECT FROM registre_habilitations(le, agent) AS h WHERE h.partenaire = organisation)
       OR session_user <> 'unefois_api' AND registre_administre(organisation, agent) THEN
        amorce := false;
        RETURN;
    END IF;
    amorce := NOT EXISTS (SELECT FROM registre_habilitations(le))
        AND NOT EXISTS (SELECT FROM administrateurs AS a WHERE registre_administre(a.partenaire, a.agent));
    PERFORM registre_exiger(
        amorce, '« --par » : cet agent n''a pas d''habilitation en vigueur au registre. Nommez un agent habilité, ou '
                'faites-la lui accorder (« unefois habilitations »).');
END $$;

-- What the journal shows of a row, beside the one that it follows, or that follows it: what names the thing, and what
-- differs. Codes, days, purposes; of a partner who is a natural person (without a SIRET), not the name, nor of a session
-- where one meets.
CREATE OR REPLACE FUNCTION registre_montre(dit jsonb, autre jsonb, cle text[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path FROM CURRENT AS $$
    SELECT jsonb_object_agg(nom, valeur) FROM jsonb_each(dit) AS x (nom, valeur)
     WHERE (nom = ANY (cle) OR autre -> nom IS DISTINCT FROM valeur) AND (nom <> 'nom' OR dit ->> 'siret' <> '')
       AND nom <> 'salle'
$$;

-- A SIRET has its Luhn key; those of La Poste's branches (SIREN 356000000) have another.
CREATE OR REPLACE FUNCTION registre_siret(p_siret text) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path FROM CURRENT AS $$
    SELECT p_siret ~ '^[0-9]{14}$' AND p_siret !~ '^(.)\1*$'
       AND (sum((c * (1 + rang % 2)) / 10 + (c * (1 + rang % 2)) % 10) % 10 = 0
            OR p_siret LIKE '356000000%' AND sum(c) % 5 = 0)
      FROM (SELECT CASE WHEN chiffre BETWEEN '0' AND '9' THEN chiffre::int END AS c, rang
              FROM string_to_table(p_siret, NULL) WITH ORDINALITY AS x (chiffre, rang)) AS chiffres
$$;

-- A list is one of texts: a list of lists, or of nothing, could not be read back by any process.
CREATE OR REPLACE FUNCTION registre_exiger_textes(apres jsonb) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path FROM CURRENT AS $$
DECLARE
    champ text;
BEGIN
    SELECT nom INTO champ FROM jsonb_each(apres) AS x (nom, valeur)
     WHERE jsonb_path_exists(CASE jsonb_typeof(valeur) WHEN 'array' THEN valeur ELSE '[]' END,
                             'strict $[*] ? (@.type() != "string")');
    PERFORM registre_exiger(champ IS NULL, format('« %s » : donnez une liste de codes.', champ));
END $$;

-- The days of a row that are not those of the row before it: neither for ever, nor in another age.
CREATE OR REPLACE FUNCTION registre_exiger_jours(apres jsonb, avant jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
    le     date := registre_aujourd_hui();
    bornes droit_bornes;
    champ  text;
BEGIN
    SELECT * INTO bornes FROM droit_bornes WHERE nom = 'registre_jours' AND le BETWEEN valid_from AND valid_to;
    SELECT nom INTO champ FROM jsonb_each_text(apres) AS x (nom, valeur)
     WHERE nom ~ '^du$|^valid_to$|_le$' AND valeur IS DISTINCT FROM avant ->> nom
       AND NOT CASE WHEN nom ~ '^du$|^valid_to$|_le$' THEN valeur::date BETWEEN le + bornes.minimum AND le + bornes.maximum END;
    PERFORM registre_exiger(champ IS NULL, format(
        '« %s » : donnez un jour entre le %s et le %s.', champ, le + bornes.minimum, le + bornes.maximum));
END $$;

-- A right has an end, both days included: how long it may last is law.
CREATE OR REPLACE FUNCTION registre_duree(p_nom text, p_du date, p_au date) RETURNS void
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
    bornes droit_bornes;
BEGIN
    SELECT * INTO bornes FROM droit_bornes
     WHERE nom = p_nom AND registre_aujourd_hui() BETWEEN valid_from AND valid_to;
    PERFORM registre_exiger(p_au BETWEEN p_du + bornes.minimum AND p_du + bornes.maximum, format(
        '« au » : donnez un jour entre celui de « du » et le %s, soit %s jours au plus ; renouvelez ensuite.',
        p_du + bornes.maximum, bornes.maximum));
END $$;

CREATE OR REPLACE FUNCTION registre_exiger_finalites(p_finalites text[], r droit_roles) RETURNS void
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM registre_exiger(p_finalites <@ r.finalites, format(
        '« finalite » : le rôle %s ne déclare pas cette finalité ; il peut déclarer : %s.',
        r.code, coalesce(nullif(array_to_string(r.finalites, ', '), ''), 'aucune')));
END $$;

-- What the law says of the role of a partner that the registry knows.
CREATE OR REPLACE FUNCTION registre_role_de(p_partenaire text) RETURNS droit_roles
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
    sien partenaires := registre_partenaire(p_partenaire);
    r    droit_roles;
BEGIN
    PERFORM registre_exiger(
        sien.code IS NOT NULL,
        '« partenaire » : aucun partenaire de ce code n''est dans le registre. Inscrivez-le (« unefois partenaires »).');
    SELECT * INTO r FROM droit_roles WHERE code = sien.role;
    PERFORM registre_exiger(r.code IS NOT NULL, format(
        '« partenaire » : le rôle de %s n''existe plus. Inscrivez-le de nouveau, sous un rôle en vigueur.', sien.code));
    RETURN r;
END $$;

CREATE OR REPLACE FUNCTION registre_instance(p_lieu text) RETURNS instances
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT * FROM instances WHERE code = substr(p_lieu, length('instance:') + 1) AND p_lieu LIKE 'instance:%'
     ORDER BY revision DESC LIMIT 1
$$;

-- Where a commission sits: as a body of its kind that is there on that day; else at a level that is its own, in a place
-- that exists on that day.
CREATE OR REPLACE FUNCTION registre_exiger_lieu(p_instance text, p_lieu text, p_le date) RETURNS void
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
    niveaux text;
    place   text := split_part(p_lieu, ':', 2);
    sienne  instances := registre_instance(p_lieu);
BEGIN
    IF p_lieu LIKE 'instance:%' THEN
        PERFORM registre_exiger(
            sienne.genre = p_instance AND p_le >= sienne.valid_from AND (p_le <= sienne.valid_to) IS NOT FALSE,
            '« lieu » : aucune instance de ce genre ne porte ce code ce jour-là. Voyez « unefois instances lister ».');
        RETURN;
    END IF;
    SELECT string_agg(CASE niveau WHEN 'departement' THEN niveau ELSE niveau || ':INSEE' END, ' ou ' ORDER BY niveau)
      INTO niveaux FROM droit_niveaux WHERE instance = p_instance AND p_le BETWEEN valid_from AND valid_to;
    PERFORM registre_exiger(niveaux IS NOT NULL, '« instance » : aucune commission ne porte ce nom ce jour-là.');
    PERFORM registre_exiger(
        EXISTS (SELECT FROM droit_niveaux WHERE instance = p_instance AND p_le BETWEEN valid_from AND valid_to
                   AND p_lieu ~ CASE niveau WHEN 'departement' THEN '^departement$' ELSE '^' || niveau || ':[0-9AB]{5}$' END),
        format('« lieu » : le lieu d''une %s est %s.', p_instance, niveaux));
    PERFORM registre_exiger(
        p_lieu = 'departement'
        OR EXISTS (SELECT FROM droit_communes WHERE p_le BETWEEN valid_from AND valid_to
                      AND place = CASE split_part(p_lieu, ':', 1) WHEN 'commune' THEN code ELSE arrondissement END),
        format('« lieu » : le code %s ne nomme rien ce jour-là. Donnez le code INSEE en vigueur.', place));
END $$;

-- What a row of each kind has to be. One that only ends what the last one said is not asked.
CREATE OR REPLACE FUNCTION registre_verifier(p partenaires) RETURNS void
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
    r droit_roles;
BEGIN
    SELECT * INTO r FROM droit_roles WHERE code = p.role;
    PERFORM registre_exiger(r.code IS NOT NULL, format(
        '« role » : aucun rôle ne porte ce nom ; il y a : %s.',
        (SELECT string_agg(code, ', ' ORDER BY code) FROM droit_roles)));
    PERFORM registre_exiger(p.code ~ '^[a-z0-9][a-z0-9-]{0,62}$',
        '« code » : donnez des minuscules sans accent, des chiffres et des tirets, soixante-trois au plus.');
    PERFORM registre_exiger(p.nom ~ '\S', '« nom » : donnez le nom sous lequel il est montré.');
    PERFORM registre_exiger_finalites(p.finalites, r);
    PERFORM registre_exiger(p.territoire IN ('departement', 'communes', 'aucun'),
        '« territoire » : donnez departement, communes ou aucun.');
    PERFORM registre_exiger((p.territoire = 'communes') = (cardinality(p.communes) > 0),
        '« territoire » : un territoire de communes nomme ses communes (« --commune »), et lui seul.');
    PERFORM registre_exiger(p.communes <@ (SELECT array_agg(code) FROM droit_communes),
        '« commune » : ce code n''est pas celui d''une commune du département. Donnez son code INSEE.');
    PERFORM registre_exiger(NOT r.personne_elle_meme OR (p.territoire, p.portefeuille) = ('aucun', '{}'),
        '« territoire », « portefeuille » : le compte d''une personne concernée n''en a pas ; un mandat le lie à son dossier.');
    PERFORM registre_exiger(NOT r.personne_elle_meme OR p.siret = '',
        '« siret » : le compte d''une personne concernée n''en a pas ; n''en donnez aucun.');
    PERFORM registre_exiger(registre_siret(p.siret) OR p.siret = '' AND r.personne_physique,
        '« siret » : donnez les quatorze chiffres de son établissement, avec leur clé'
        || CASE WHEN r.personne_physique THEN ' ; une personne physique n''en a pas.' ELSE '.' END);
    PERFORM registre_exiger((SELECT bool_and(registre_siret(s)) FROM unnest(p.portefeuille) AS s) IS DISTINCT FROM false,
        '« portefeuille » : donnez des SIRET de bailleurs, quatorze chiffres avec leur clé.');
END $$;

CREATE OR REPLACE FUNCTION registre_verifier(c clients) RETURNS void
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM registre_role_de(c.partenaire);
    PERFORM registre_exiger(c.client_id ~ '\S', '« client » : donnez son nom chez l''émetteur des jetons.');
END $$;

CREATE OR REPLACE FUNCTION registre_verifier(h habilitations) RETURNS void
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM registre_exiger(h.agent ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
        '« agent » : donnez un pseudonyme, lettres sans accent, chiffres, points et tirets, soixante-trois au plus.');
    PERFORM registre_exiger(cardinality(h.finalites) > 0, '« finalite » : donnez une finalité au moins.');
    PERFORM registre_exiger_finalites(h.finalites, registre_role_de(h.partenaire));
    PERFORM registre_exiger(h.secret IN ('aucun', 'profession', 'mission'),
        '« secret » : donnez aucun, profession ou mission.');
    PERFORM registre_duree('habilitation_jours', h.du, h.au);
END $$;

CREATE OR REPLACE FUNCTION registre_verifier(a administrateurs) RETURNS void
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM registre_exiger(NOT (registre_role_de(a.partenaire)).personne_elle_meme,
        '« partenaire » : le compte d''une personne concernée n''administre pas le registre.');
    PERFORM registre_exiger(a.agent ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
        '« agent » : donnez un pseudonyme, lettres sans accent, chiffres, points et tirets, soixante-trois au plus.');
    PERFORM registre_duree('habilitation_jours', a.du, a.au);
END $$;

CREATE OR REPLACE FUNCTION registre_verifier(m mandats) RETURNS void
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
    r droit_roles := registre_role_de(m.partenaire);
BEGIN
    PERFORM registre_exiger(
        EXISTS (SELECT FROM registre_habilitations(m.du, m.confirme_par) AS h, registre_partenaire(h.partenaire) AS p
                  JOIN droit_roles AS sien ON sien.code = p.role AND sien.confirme_mandats),
        '« confirme_par » : un mandat est confirmé par un agent habilité du service instructeur de la CCAPEX, le premier '
        'jour du mandat. Donnez son pseudonyme.');
    PERFORM registre_exiger(r.personne_elle_meme = (m.personne IS NOT NULL),
        '« personne » : le compte d''une personne concernée, et lui seul, est lié à une personne du dossier (« --personne »).');
    PERFORM registre_duree('mandat_jours', m.du, m.au);
    PERFORM registre_exiger(EXISTS (SELECT FROM dossiers_events WHERE originator_id = m.dossier),
        '« dossier » : aucun dossier ne porte ce numéro. Relisez-le.');
    PERFORM registre_exiger(
        m.personne IS NULL
        OR (SELECT array_agg(topic) @> '{unefois:OccupantDeclare}' AND NOT array_agg(topic) @> '{unefois:PersonneEffacee}'
              FROM dossiers_events
             WHERE originator_id = m.dossier AND topic IN ('unefois:OccupantDeclare', 'unefois:PersonneEffacee')
               AND convert_from(state, 'UTF8')::jsonb #>> '{clair, personne}' = m.personne::text),
        '« personne » : ce dossier n''a pas déclaré cette personne, ou elle en a été effacée. Relisez son identifiant.');
END $$;

-- Whether a partner's territory holds the place of a commission, as the program has it (Partenaire.tient).
CREATE OR REPLACE FUNCTION registre_tient(p partenaires, p_lieu text) RETURNS boolean
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT p.territoire = 'departement'
        OR p_lieu LIKE 'commune:%' AND split_part(p_lieu, ':', 2) = ANY (p.communes)
        OR p_lieu LIKE 'arrondissement:%'
           AND EXISTS (SELECT FROM droit_communes WHERE code = ANY (p.communes) AND arrondissement = split_part(p_lieu, ':', 2)
                          AND registre_aujourd_hui() BETWEEN valid_from AND valid_to)
$$;

CREATE OR REPLACE FUNCTION registre_verifier(i instances) RETURNS void
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
    r      droit_roles := registre_role_de(i.secretariat);
    le     date := greatest(i.valid_from, registre_aujourd_hui());
    bornes droit_bornes;
    lieu   text;
BEGIN
    PERFORM registre_exiger(i.code ~ '^[a-z0-9][a-z0-9-]{0,62}$',
        '« code » : donnez des minuscules sans accent, des chiffres et des tirets, soixante-trois au plus.');
    PERFORM registre_exiger(i.libelle ~ '\S' AND length(i.libelle) <= 200,
        '« libelle » : donnez le nom sous lequel elle est montrée, deux cents caractères au plus.');
    PERFORM registre_exiger(i.legal_ref ~ '\S' AND length(i.legal_ref) <= 200 AND i.tag IN ('STATED', '2nd-HAND', 'INFERRED'),
        '« legal_ref », « tag » : donnez le texte qui l''institue, et comment on le sait : STATED, 2nd-HAND ou INFERRED.');
    SELECT * INTO bornes FROM droit_bornes
     WHERE nom = 'instance_jours' AND registre_aujourd_hui() BETWEEN valid_from AND valid_to;
    PERFORM registre_exiger(
        i.valid_from BETWEEN registre_aujourd_hui() + bornes.minimum AND registre_aujourd_hui() + bornes.maximum,
        format('« valid_from » : donnez un jour entre le %s et le %s.',
               registre_aujourd_hui() + bornes.minimum, registre_aujourd_hui() + bornes.maximum));
    PERFORM registre_exiger((i.valid_to >= i.valid_from) IS NOT FALSE,
        '« valid_to » : une instance finit après avoir commencé. Donnez un jour qui suit « valid_from ».');
    PERFORM registre_exiger(
        i.regime = 'AUCUN' OR EXISTS (SELECT FROM droit_regimes AS d WHERE d.instance = i.genre AND d.regime = i.regime
                                         AND le BETWEEN d.valid_from AND d.valid_to),
        format('« regime » : aucun texte ne donne ce régime à une %s. Donnez AUCUN, ou celui de son texte.', i.genre));
    PERFORM registre_exiger(r.commissions @> ARRAY[i.genre], format(
        '« secretariat » : le rôle %s ne tient pas le secrétariat d''une %s.', r.code, i.genre));
    PERFORM registre_exiger(cardinality(i.lieux) BETWEEN 1 AND 60 AND NOT i.lieux && ARRAY['', 'instance:'],
        '« lieu » : donnez un lieu au moins, soixante au plus (« --lieu »).');
    FOREACH lieu IN ARRAY i.lieux LOOP
        PERFORM registre_exiger(lieu NOT LIKE 'instance:%',
            '« lieu » : une instance est compétente dans des lieux : departement, commune:INSEE ou arrondissement:INSEE.');
        PERFORM registre_exiger_lieu(i.genre, lieu, le);
        PERFORM registre_exiger(registre_tient(registre_partenaire(i.secretariat), lieu),
            '« secretariat » : son territoire ne tient pas tous les lieux de cette instance. Inscrivez-l''y, ou retirez ces lieux.');
    END LOOP;
END $$;

-- The partners who are convened to a session, by the seats that it names; else those who have a seat in the commission.
CREATE OR REPLACE FUNCTION registre_sieges(s seances) RETURNS text[]
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT coalesce(
        s.deliberatifs || s.consultatifs || s.suppleants,
        (SELECT array_agg(partenaire) FROM (
             SELECT DISTINCT ON (partenaire) partenaire, sorti_le FROM membres
              WHERE instance = s.instance AND lieu = s.lieu ORDER BY partenaire, revision DESC) AS m
          WHERE (sorti_le <= s.seance_le) IS NOT TRUE),
        '{}')
$$;

CREATE OR REPLACE FUNCTION registre_verifier(s seances) RETURNS void
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
    nommes text[] := s.deliberatifs || s.consultatifs || s.suppleants;
    siege  text;
BEGIN
    PERFORM registre_exiger(s.seance_le >= s.convoquee_le,
        '« le » : une séance se tient après sa convocation. Donnez un jour qui la suit (« --convoquee-le »).');
    PERFORM registre_exiger_lieu(s.instance, s.lieu, s.seance_le);
    PERFORM registre_exiger((s.heure ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$') IS NOT FALSE,
        '« heure » : donnez l''heure en Île-de-France, HH:MM.');
    PERFORM registre_exiger((s.salle ~ '\S' AND length(s.salle) <= 200) IS NOT FALSE,
        '« salle » : dites où l''on se réunit, deux cents caractères au plus.');
    PERFORM registre_exiger(num_nulls(s.deliberatifs, s.consultatifs, s.suppleants) IN (0, 3) AND (cardinality(nommes) BETWEEN 1 AND 60) IS NOT FALSE,
        '« sieges » : nommez les trois sortes de sièges, soixante au plus, ou aucune.');
    PERFORM registre_exiger(cardinality(nommes) IS NOT DISTINCT FROM (SELECT nullif(count(DISTINCT n), 0)::int FROM unnest(nommes) AS n),
        '« sieges » : un partenaire a un seul siège à une séance. Nommez-le une fois.');
    FOREACH siege IN ARRAY coalesce(nommes, '{}') LOOP
        PERFORM registre_exiger(NOT (registre_role_de(siege)).personne_elle_meme,
            '« sieges » : le compte d''une personne concernée ne siège pas.');
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION registre_verifier(t tenues) RETURNS void
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
    s     seances;
    dites text[] := t.presents || t.excuses || t.absents;
BEGIN
    SELECT * INTO s FROM seances WHERE id = t.seance ORDER BY revision DESC LIMIT 1;
    PERFORM registre_exiger(s.id IS NOT NULL AND s.annulee_le IS NULL,
        '« seance » : aucune séance convoquée ne porte cet identifiant, ou elle a été annulée.');
    PERFORM registre_exiger(t.tenue_le = s.seance_le AND t.tenue_le <= registre_aujourd_hui(),
        '« tenue_le » : une séance se dit tenue le jour où elle l''a été, une fois ce jour venu.');
    PERFORM registre_exiger(cardinality(dites) = (SELECT count(DISTINCT d) FROM unnest(dites) AS d),
        '« presents », « excuses », « absents » : chaque siège est dit une seule fois.');
    PERFORM registre_exiger(dites <@ registre_sieges(s),
        '« presents », « excuses », « absents » : un de ces partenaires n''a pas de siège à cette séance.');
    PERFORM registre_exiger(
        (SELECT bool_and(n = ANY (dites)) FROM unnest(registre_sieges(s)) AS n WHERE (n <> ALL (s.suppleants)) IS NOT FALSE) IS NOT FALSE,
        '« presents », « excuses », « absents » : dites ce qu''il en est de chaque siège ; d''un suppléant, s''il y a lieu.');
    PERFORM registre_exiger(t.quorum IN ('atteint', 'non_atteint', 'sans_objet')
                            AND (t.quorum = 'sans_objet') = (t.quorum_ref IS NULL),
        '« quorum » : donnez atteint ou non_atteint avec le texte qui le demande (« quorum_ref »), ou sans_objet.');
END $$;

CREATE OR REPLACE FUNCTION registre_verifier(m membres) RETURNS void
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
    r droit_roles := registre_role_de(m.partenaire);
BEGIN
    PERFORM registre_exiger(NOT r.personne_elle_meme,
        '« partenaire » : le compte d''une personne concernée ne siège pas.');
    PERFORM registre_exiger_lieu(m.instance, m.lieu, registre_aujourd_hui());
    PERFORM registre_exiger(m.voix IN ('deliberative', 'consultative'),
        '« voix » : donnez deliberative ou consultative.');
END $$;

-- The columns that name the things of a table; null: there is no such table.
CREATE OR REPLACE FUNCTION registre_cle(p_table text) RETURNS text[]
LANGUAGE sql IMMUTABLE SET search_path FROM CURRENT AS $$
    SELECT CASE p_table
        WHEN 'partenaires' THEN ARRAY['code'] WHEN 'clients' THEN ARRAY['client_id']
        WHEN 'habilitations' THEN ARRAY['agent', 'partenaire', 'id'] WHEN 'mandats' THEN ARRAY['partenaire', 'dossier']
        WHEN 'seances' THEN ARRAY['id'] WHEN 'membres' THEN ARRAY['instance', 'lieu', 'partenaire']
        WHEN 'instances' THEN ARRAY['code'] WHEN 'tenues' THEN ARRAY['seance']
        WHEN 'administrateurs' THEN ARRAY['agent', 'partenaire'] END
$$;

-- The row of a thing, which p_dit names, as it stood at a revision; null: the registry said nothing of it yet.
CREATE OR REPLACE FUNCTION registre_ligne(p_table text, p_dit jsonb, p_au bigint DEFAULT 9223372036854775807) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT SET enable_seqscan = off AS $$
DECLARE
    ligne jsonb;
BEGIN
    EXECUTE (SELECT format('SELECT to_jsonb(t) FROM %1$I AS t, jsonb_populate_record(NULL::%1$I, $1) AS n WHERE %2$s'
                           ' AND t.revision <= $2 ORDER BY t.revision DESC LIMIT 1',
                           p_table, string_agg(format('t.%1$I = n.%1$I', colonne), ' AND '))
               FROM unnest(registre_cle(p_table)) AS colonne)
       INTO ligne USING p_dit, p_au;
    RETURN ligne;
END $$;

-- What ends a thing, and changes nothing else of it, is never refused: a wrong row can always be closed.
CREATE OR REPLACE FUNCTION registre_met_fin(avant jsonb, apres jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path FROM CURRENT AS $$
    SELECT apres - fins IS NOT DISTINCT FROM avant - fins AND jsonb_strip_nulls(apres) - fins <> jsonb_strip_nulls(apres)
      FROM (VALUES ('{suspendu_le, retire_le, revoquee_le, revoque_le, annulee_le, sorti_le, valid_to}'::text[])) AS x (fins)
$$;

-- Whether a row may follow another, as said by that agent; what is refused is told, and nothing is written.
CREATE OR REPLACE FUNCTION registre_controler(
    p_table text, avant jsonb, apres jsonb, p_organisation text, p_agent text, p_amorce boolean) RETURNS void
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM registre_exiger_textes(apres);
    PERFORM registre_exiger_jours(apres, avant);
    IF registre_met_fin(avant, apres) IS NOT TRUE THEN
        EXECUTE format('SELECT registre_verifier(jsonb_populate_record(NULL::%I, $1))', p_table) USING apres;
        -- Two hats of one organisation are one, as everywhere.
        PERFORM registre_exiger(
            p_amorce OR p_table NOT IN ('habilitations', 'administrateurs') OR apres ->> 'agent' <> p_agent
            OR apres ->> 'partenaire' <> p_organisation
               AND (left(nullif((registre_partenaire(apres ->> 'partenaire')).siret, ''), 9)
                    = left((registre_partenaire(p_organisation)).siret, 9)) IS NOT TRUE,
            '« agent » : nul ne s''habilite lui-même. Demandez-le à quelqu''un d''autre.');
    END IF;
    PERFORM registre_exiger(
        NOT p_amorce
        OR p_table = 'partenaires' AND apres ->> 'code' = p_organisation
        OR p_table IN ('clients', 'habilitations') AND apres ->> 'partenaire' = p_organisation
           AND coalesce(apres ->> 'agent', p_agent) = p_agent,
        'Personne n''est habilité au registre : inscrivez d''abord l''organisme que « --par » nomme, puis habilitez-y '
        'l''agent que « --par » nomme ; ensuite il pourra inscrire les autres.');
END $$;

-- Gives a row its revision, and its row of the journal: who, what, before, after. Runs as the owner: unefois_registre can
-- neither write the journal nor take a revision by another way than a change, and without a habilitated agent the change
-- is refused. The lock comes first: two administrators would take revisions 41 and 42, 42 be visible first, and a process
-- that went past it never read 41.
CREATE OR REPLACE FUNCTION registre_inscrire() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET enable_seqscan = off AS $$
DECLARE
    qui   record;
    avant jsonb;
    apres jsonb;
    ligne jsonb := '{}';
BEGIN
    LOCK TABLE verrou_du_registre IN EXCLUSIVE MODE;
    SELECT * INTO qui FROM registre_qui();
    IF session_user = 'unefois_api' THEN
        ligne := nullif(current_setting('unefois.ligne', true), '');  -- what the application says of its request
    END IF;
    apres := to_jsonb(NEW) - 'revision';
    avant := registre_ligne(TG_TABLE_NAME, apres) - 'revision';
    PERFORM registre_controler(TG_TABLE_NAME, avant, apres, qui.organisation, qui.agent, qui.amorce);
    IF TG_TABLE_NAME IN ('habilitations', 'administrateurs') AND registre_met_fin(avant, apres) IS NOT TRUE THEN
        NEW.par := qui.organisation || '/' || qui.agent;
        apres := apres || jsonb_build_object('par', NEW.par);
    END IF;
    INSERT INTO registre_changements (nature, par)
    VALUES (TG_TABLE_NAME, qui.organisation || '/' || qui.agent) RETURNING revision INTO NEW.revision;
    INSERT INTO journal (flux, organisation, agent, role, finalite, action, dossier, groupes_montres,
                         groupes_retenus, revision_politique, issue, motif, recherche, trace, avant, apres)
    VALUES ('securite', qui.organisation, qui.agent, qui.fonction, coalesce(ligne ->> 'finalite', 'CONTROLE'),
            coalesce(ligne ->> 'action', 'administrer'), (apres ->> 'dossier')::uuid,
            '{}', '{}', coalesce(ligne ->> 'revision', ''), 'autorise',
            TG_TABLE_NAME || CASE WHEN avant IS NULL THEN ' insert' ELSE ' update' END
                          || CASE WHEN qui.amorce THEN ' amorce' ELSE '' END,
            NULL, coalesce(ligne ->> 'trace', ''), registre_montre(avant, apres, registre_cle(TG_TABLE_NAME)),
            registre_montre(apres, avant, registre_cle(TG_TABLE_NAME)));
    RETURN NEW;
END $$;

-- What is done in the browser is done in the name of an administrator, whom each of these asks of anew: a habilitation on
-- cases is not enough, and nobody begins an empty registry so.
CREATE OR REPLACE FUNCTION registre_au_nom_de(p_qui text, OUT organisation text, OUT agent text, OUT fonction text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    organisation := split_part(p_qui, '/', 1);
    agent := split_part(p_qui, '/', 2);
    IF p_qui IS DISTINCT FROM organisation || '/' || agent OR NOT registre_administre(organisation, agent) THEN
        RAISE EXCEPTION USING ERRCODE = 'UF403', MESSAGE = 'Vous n''administrez pas, ou plus, le registre.';
    END IF;
    PERFORM set_config('unefois.agent', p_qui, true);
    fonction := (registre_partenaire(organisation)).role;
END $$;

-- What an administrator changes in the browser: p_lignes says, of each thing, its table and all that it is to be from then
-- on. p_depuis: the revision that it was read at; what somebody else changed since is not written over, but told, as it
-- was and as it is. p_essai: the same checks, and nothing is written. False: the registry says just that already.
CREATE OR REPLACE FUNCTION registre_administrer(p_qui text, p_depuis bigint, p_lignes jsonb, p_essai boolean) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    qui      record;
    une      jsonb;
    la_table text;
    avant    jsonb;
    apres    jsonb;
    change   boolean := false;
BEGIN
    LOCK TABLE verrou_du_registre IN EXCLUSIVE MODE;
    SELECT * INTO qui FROM registre_au_nom_de(p_qui);
    FOR une IN SELECT valeur FROM jsonb_array_elements(p_lignes) AS x (valeur) LOOP
        la_table := une ->> 'table';
        PERFORM registre_exiger(registre_cle(la_table) IS NOT NULL AND la_table <> 'tenues',
            'Ce que le registre tient pour vous : partenaires, clients, habilitations, mandats, commissions, administrateurs.');
        EXECUTE format('SELECT to_jsonb(jsonb_populate_record(NULL::%I, $1)) - ''revision''', la_table) INTO apres USING une -> 'dit';
        avant := registre_ligne(la_table, apres);
        CONTINUE WHEN avant - 'revision' = apres;
        IF avant IS NOT NULL AND ((avant ->> 'revision')::bigint <= p_depuis) IS NOT TRUE THEN
            RAISE EXCEPTION USING ERRCODE = 'UF409', MESSAGE = 'Un autre administrateur vient de changer cela.',
                DETAIL = jsonb_build_object(
                    'avant', registre_ligne(la_table, apres, p_depuis) - 'revision', 'maintenant', avant - 'revision',
                    'par', (SELECT par FROM registre_changements WHERE revision = (avant ->> 'revision')::bigint));
        END IF;
        IF p_essai THEN
            PERFORM registre_controler(la_table, avant - 'revision', apres, qui.organisation, qui.agent, false);
        ELSE
            EXECUTE format('INSERT INTO %1$I SELECT (jsonb_populate_record(NULL::%1$I, $1)).*', la_table) USING apres;
        END IF;
        change := true;
    END LOOP;
    RETURN change;
END $$;

-- What was changed, the last first, before a revision (null: all), of one nature or of all; what each thing was, and became.
CREATE OR REPLACE FUNCTION registre_changes(p_avant bigint, p_nature text, p_combien int)
RETURNS TABLE (r_revision bigint, r_nature text, r_par text, r_le timestamptz, r_avant jsonb, r_apres jsonb)
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
BEGIN
    FOR r_revision, r_nature, r_par, r_le IN
        SELECT revision, nature, par, recorded_at FROM registre_changements
         WHERE revision < coalesce(p_avant, 9223372036854775807) AND nature = coalesce(p_nature, nature)
         ORDER BY revision DESC LIMIT least(p_combien, 200)
    LOOP
        EXECUTE format('SELECT to_jsonb(t) - ''revision'' FROM %I AS t WHERE revision = $1', r_nature) INTO r_apres USING r_revision;
        r_avant := registre_ligne(r_nature, r_apres, r_revision - 1) - 'revision';
        RETURN NEXT;
    END LOOP;
END $$;

-- What the application may add to the registry: sessions of a body and how they were held, in the name of an agent of
-- its secretariat. p_dit says the fields that change; the rest is as the last row has it, read under the lock.
-- False: the registry says just that already. A new session whose id says something else is a key used twice.
CREATE OR REPLACE FUNCTION registre_tenir(p_qui text, p_ligne jsonb, p_table text, p_neuve boolean, p_dit jsonb)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET enable_seqscan = off AS $$
DECLARE
    qui    record;
    id_    CONSTANT uuid := coalesce(p_dit ->> 'id', p_dit ->> 'seance');
    seance jsonb;
    avant  jsonb;
    apres  jsonb;
BEGIN
    LOCK TABLE verrou_du_registre IN EXCLUSIVE MODE;
    PERFORM set_config('unefois.agent', p_qui, true), set_config('unefois.ligne', p_ligne::text, true);
    SELECT * INTO qui FROM registre_qui();
    SELECT to_jsonb(s) - 'revision' INTO seance FROM seances AS s WHERE id = id_ ORDER BY revision DESC LIMIT 1;
    SELECT to_jsonb(t) - 'revision' INTO avant FROM tenues AS t WHERE t.seance = id_ ORDER BY revision DESC LIMIT 1;
    PERFORM registre_exiger(
        NOT qui.amorce AND p_table IN ('seances', 'tenues')
        AND (registre_instance(coalesce(seance, p_dit) ->> 'lieu')).secretariat = qui.organisation
        AND (p_dit ? 'lieu') = p_neuve AND (p_table = 'tenues') <= (seance IS NOT NULL AND NOT p_neuve),
        'Seul le secrétariat d''une instance convoque ses séances, et dit comment elles furent tenues.');
    IF p_table = 'seances' THEN
        PERFORM registre_exiger(p_neuve OR avant IS NULL, '« seance » : elle a été tenue, et ne change plus.');
        PERFORM registre_exiger(p_neuve OR seance ->> 'annulee_le' IS NULL,
            '« seance » : elle a été annulée. Convoquez-en une autre.');
        avant := seance;
        IF p_neuve THEN  -- sent twice, it says what it said the first time, whatever became of the session since
            SELECT to_jsonb(s) - 'revision' INTO avant FROM seances AS s WHERE id = id_ ORDER BY revision LIMIT 1;
        END IF;
        apres := to_jsonb(jsonb_populate_record(NULL::seances, coalesce(avant, '{}') || p_dit)) - 'revision';
        IF p_neuve AND avant - 'convoquee_le' IS DISTINCT FROM apres - 'convoquee_le' AND avant IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'unique_violation', MESSAGE = 'séance déjà convoquée sous cette clé';
        END IF;
        apres := CASE WHEN p_neuve AND avant IS NOT NULL THEN avant ELSE apres END;
    ELSE
        apres := to_jsonb(jsonb_populate_record(NULL::tenues, p_dit)) - 'revision';
    END IF;
    IF avant = apres THEN
        RETURN false;
    END IF;
    EXECUTE format('INSERT INTO %1$I SELECT (jsonb_populate_record(NULL::%1$I, $1)).*', p_table) USING apres;
    RETURN true;
END $$;

-- Who consults the registry leaves a row, as who changes it.
CREATE OR REPLACE FUNCTION registre_consulter(p_nature text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM registre_exiger(
        p_nature IN ('partenaires', 'habilitations', 'mandats', 'instances', 'seances', 'administrateurs', 'changements', 'accueil'),
        'Dites ce que vous consultez : partenaires, habilitations, mandats, instances, seances, administrateurs, changements ou accueil.');
    INSERT INTO journal (flux, organisation, agent, role, finalite, action, groupes_montres, groupes_retenus,
                         revision_politique, issue, motif, trace)
    SELECT 'securite', organisation, agent, fonction, 'CONTROLE', 'administrer', '{}', '{}', '', 'autorise',
           p_nature || ' lister', ''
      FROM registre_qui();
END $$;

-- The same, of an administrator in the browser; each look is a row before anything of it is shown.
CREATE OR REPLACE FUNCTION registre_montrer(p_qui text, p_nature text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM registre_au_nom_de(p_qui);
    PERFORM registre_consulter(p_nature);
END $$;

-- Who signed in, and does not administer the registry: a refusal is a row too, under what the registry knows of that name.
CREATE OR REPLACE FUNCTION registre_econduire(p_partenaire text, p_agent text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    INSERT INTO journal (flux, organisation, agent, role, finalite, action, groupes_montres, groupes_retenus,
                         revision_politique, issue, motif, trace)
    SELECT 'securite', coalesce(p.code, ''), coalesce(connu.agent, ''), coalesce(p.role, ''), 'CONTROLE', 'administrer', '{}', '{}', '',
           'refuse', 'administrateur', ''
      FROM registre_partenaire(p_partenaire) AS p
      LEFT JOIN LATERAL (SELECT h.agent FROM habilitations AS h WHERE (h.partenaire, h.agent) = (p.code, p_agent)
                         UNION SELECT a.agent FROM administrateurs AS a WHERE (a.partenaire, a.agent) = (p.code, p_agent)) AS connu ON true
$$;

-- The rows of some revisions, in their order.
CREATE OR REPLACE FUNCTION registre_suite(p_apres bigint, p_fin bigint)
RETURNS TABLE (r_revision bigint, r_nature text, r_corps jsonb)
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
SET enable_seqscan = off  -- a plan made while the tables are empty is kept, and would read them whole once full
SET jit = off AS $$
BEGIN
    RETURN QUERY
              SELECT revision, 'partenaires', to_jsonb(t) FROM partenaires AS t WHERE revision BETWEEN p_apres + 1 AND p_fin
    UNION ALL SELECT revision, 'clients', to_jsonb(t) FROM clients AS t WHERE revision BETWEEN p_apres + 1 AND p_fin
    UNION ALL SELECT revision, 'habilitations', to_jsonb(t) FROM habilitations AS t WHERE revision BETWEEN p_apres + 1 AND p_fin
    UNION ALL SELECT revision, 'mandats', to_jsonb(t) FROM mandats AS t WHERE revision BETWEEN p_apres + 1 AND p_fin
    UNION ALL SELECT revision, 'seances', to_jsonb(t) FROM seances AS t WHERE revision BETWEEN p_apres + 1 AND p_fin
    UNION ALL SELECT revision, 'membres', to_jsonb(t) FROM membres AS t WHERE revision BETWEEN p_apres + 1 AND p_fin
    UNION ALL SELECT revision, 'instances', to_jsonb(t) FROM instances AS t WHERE revision BETWEEN p_apres + 1 AND p_fin
    UNION ALL SELECT revision, 'tenues', to_jsonb(t) FROM tenues AS t WHERE revision BETWEEN p_apres + 1 AND p_fin
    UNION ALL SELECT revision, 'administrateurs', to_jsonb(t) FROM administrateurs AS t WHERE revision BETWEEN p_apres + 1 AND p_fin
    ORDER BY 1;
END $$;

DO $$
DECLARE
    la_table text;
    colonnes text;
BEGIN
    FOREACH la_table IN ARRAY
        '{partenaires, clients, habilitations, mandats, seances, membres, instances, tenues, administrateurs}'::text[]
    LOOP
        EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON %I (%s, revision)',
                       la_table || '_cle', la_table, array_to_string(registre_cle(la_table), ', '));
        EXECUTE format('CREATE OR REPLACE TRIGGER inscrire BEFORE INSERT ON %I '
                       'FOR EACH ROW EXECUTE FUNCTION registre_inscrire()', la_table);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER inscrire', la_table);
        SELECT string_agg(quote_ident(attname), ', ') INTO colonnes FROM pg_attribute
         WHERE attrelid = la_table::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'revision';
        EXECUTE format('GRANT INSERT (%s) ON %I TO unefois_registre', colonnes, la_table);
        PERFORM garder(la_table::regclass);
    END LOOP;
END $$;
SELECT garder('registre_changements');

REVOKE ALL ON FUNCTION registre_exiger, registre_aujourd_hui, registre_partenaire, registre_habilitations, registre_qui,
    registre_montre, registre_siret, registre_exiger_textes, registre_exiger_jours, registre_duree, registre_exiger_finalites, registre_role_de,
    registre_exiger_lieu, registre_instance, registre_tient, registre_sieges, registre_tenir, registre_verifier(instances),
    registre_verifier(tenues), registre_verifier(partenaires), registre_verifier(clients), registre_verifier(habilitations),
    registre_verifier(mandats), registre_verifier(seances), registre_verifier(membres), registre_verifier(administrateurs),
    registre_administre, registre_cle, registre_ligne, registre_met_fin, registre_controler, registre_inscrire, registre_au_nom_de,
    registre_administrer, registre_changes, registre_consulter, registre_montrer, registre_econduire, registre_suite FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registre_suite TO unefois_api, unefois_registre;
GRANT EXECUTE ON FUNCTION registre_tenir TO unefois_api;
GRANT EXECUTE ON FUNCTION registre_qui, registre_consulter TO unefois_registre;
GRANT EXECUTE ON FUNCTION registre_administrer, registre_changes, registre_montrer, registre_econduire, registre_cle, registre_ligne
    TO unefois_registre;
GRANT SELECT ON registre_changements, partenaires, clients, habilitations, mandats, seances, membres, instances, tenues, administrateurs
    TO unefois_api, unefois_registre;
