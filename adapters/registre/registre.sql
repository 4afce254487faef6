-- The registry: who the partners are, which agents they habilitate, which cases they are mandated for, who sits where.
-- Executed by the installer as the owner, with search_path on the tenant's schema. Safe to run again.
--
-- Nothing is overwritten: a change adds a row, and of one thing the last row holds. What was known on a past day is read
-- off the rows recorded until then. unefois_api reads. unefois_registre adds, and only under a name: each row takes the
-- next revision, in whose order every process reads, and leaves a row in the journal, in the same transaction.

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
    siret        text NOT NULL CHECK (siret ~ '^[0-9]{14}$'),
    nom          text NOT NULL CHECK (nom <> ''),
    role         text NOT NULL CHECK (role ~ '^[A-Z][A-Z0-9_]*$'),
    finalites    text[] NOT NULL,
    territoire   text NOT NULL CHECK (territoire IN ('departement', 'communes', 'aucun')),
    communes     text[] NOT NULL DEFAULT '{}',
    portefeuille text[] NOT NULL DEFAULT '{}',
    suspendu_le  date,
    CHECK ((territoire = 'communes') = (cardinality(communes) > 0))
);

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

-- Places are typed: arrondissement 93001 is not commune 93001.
CREATE TABLE IF NOT EXISTS seances (
    revision      bigint PRIMARY KEY REFERENCES registre_changements,
    id            uuid NOT NULL,
    instance      text NOT NULL CHECK (instance IN ('CLIL', 'CCAPEX', 'COMEX')),
    lieu          text NOT NULL CHECK (lieu ~ '^(departement|commune:[0-9AB]{5}|arrondissement:[0-9AB]{5})$'),
    convoquee_le  date NOT NULL,
    seance_le     date NOT NULL CHECK (seance_le >= convoquee_le),
    annulee_le    date
);

CREATE TABLE IF NOT EXISTS membres (
    revision   bigint PRIMARY KEY REFERENCES registre_changements,
    instance   text NOT NULL CHECK (instance IN ('CLIL', 'CCAPEX', 'COMEX')),
    lieu       text NOT NULL CHECK (lieu ~ '^(departement|commune:[0-9AB]{5}|arrondissement:[0-9AB]{5})$'),
    partenaire text NOT NULL,
    voix       text NOT NULL CHECK (voix IN ('deliberative', 'consultative')),
    sorti_le   date
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

-- The lock of who changes the registry: as that of the writers, nobody else may take it.
CREATE TABLE IF NOT EXISTS verrou_du_registre ();
GRANT UPDATE ON verrou_du_registre TO unefois_registre;

-- Gives a row its revision. Runs as the owner: unefois_registre can neither write the journal nor take a revision by
-- another way than a change, and without a named administrator (SET unefois.agent) the change is refused.
-- The lock comes first: two administrators would take revisions 41 and 42, 42 be visible first, and a process that
-- went past it never read 41. The arguments are the columns that name the thing.
CREATE OR REPLACE FUNCTION registre_inscrire() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET enable_seqscan = off AS $$
DECLARE
    administrateur text := current_setting('unefois.agent', true);
    corps          jsonb := to_jsonb(NEW);
    connue         boolean;
BEGIN
    IF coalesce(administrateur, '') = '' THEN
        RAISE EXCEPTION 'registre : aucun administrateur nommé' USING ERRCODE = 'insufficient_privilege';
    END IF;
    LOCK TABLE verrou_du_registre IN EXCLUSIVE MODE;
    IF corps ? 'partenaire' AND NOT EXISTS (SELECT FROM partenaires WHERE code = corps ->> 'partenaire') THEN
        RAISE EXCEPTION 'registre : partenaire inconnu' USING ERRCODE = 'foreign_key_violation';
    END IF;
    EXECUTE (SELECT format('SELECT EXISTS (SELECT FROM %I WHERE %s)', TG_TABLE_NAME,
                           string_agg(format('%1$I = ($1).%1$I', colonne), ' AND '))
               FROM unnest(TG_ARGV) AS colonne)
       INTO connue USING NEW;
    INSERT INTO registre_changements (nature, par) VALUES (TG_TABLE_NAME, administrateur)
    RETURNING revision INTO NEW.revision;
    INSERT INTO journal (flux, organisation, agent, role, finalite, action, dossier, groupes_montres,
                         groupes_retenus, revision_politique, issue, motif, recherche, trace)
    VALUES ('securite', coalesce(corps ->> 'partenaire', corps ->> 'code', ''), administrateur,
            'REGISTRE', 'CONTROLE', 'administrer', (corps ->> 'dossier')::uuid, '{}', '{}', '', 'autorise',
            TG_TABLE_NAME || CASE WHEN connue THEN ' update' ELSE ' insert' END, NULL, '');
    RETURN NEW;
END $$;

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
    ORDER BY 1;
END $$;

DO $$
DECLARE
    la_table text;
    colonnes text;
    cle      text[];
BEGIN
    FOR la_table, cle IN VALUES
        ('partenaires', ARRAY['code']), ('clients', ARRAY['client_id']),
        ('habilitations', ARRAY['agent', 'partenaire', 'id']), ('mandats', ARRAY['partenaire', 'dossier']),
        ('seances', ARRAY['id']), ('membres', ARRAY['instance', 'lieu', 'partenaire'])
    LOOP
        EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON %I (%s, revision)',
                       la_table || '_cle', la_table, array_to_string(cle, ', '));
        EXECUTE format('CREATE OR REPLACE TRIGGER inscrire BEFORE INSERT ON %I '
                       'FOR EACH ROW EXECUTE FUNCTION registre_inscrire(%s)', la_table, array_to_string(cle, ', '));
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER inscrire', la_table);
        SELECT string_agg(quote_ident(attname), ', ') INTO colonnes FROM pg_attribute
         WHERE attrelid = la_table::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'revision';
        EXECUTE format('GRANT INSERT (%s) ON %I TO unefois_registre', colonnes, la_table);
        PERFORM garder(la_table::regclass);
    END LOOP;
END $$;
SELECT garder('registre_changements');

REVOKE ALL ON FUNCTION registre_inscrire, registre_suite FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registre_suite TO unefois_api, unefois_registre;
GRANT SELECT ON registre_changements, partenaires, clients, habilitations, mandats, seances, membres
    TO unefois_api, unefois_registre;
