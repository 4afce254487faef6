-- The ledger of one tenant: its events, what finds them, and the journal of who looked.
--
-- Run by the owner (unefois_proprietaire, who cannot log in), in the tenant's schema, again whenever it changes: the
-- installer has then dropped functions, triggers and rights, and the tables stand. A change of a table that exists is
-- an ALTER … IF NOT EXISTS of its own, after the CREATE that a new database runs.
-- Each guarantee stands here first, in the layer that Python cannot get round:
--   nothing is overwritten       the roles have SELECT and INSERT only, and triggers refuse the rest;
--   positions are never forged   INSERT is granted on columns, without the position and the date of recording;
--   no reader misses an event    positions are given under one lock, so they become visible in their order.

-- The lock of this tenant's writers is that of a table, which the application alone may lock. Without it, two writers
-- take positions 41 and 42, 42 commits first, a reader goes past it, and event 41 is never seen by any projection.
-- Were it a number that anybody may lock, whoever has one of the other roles would stop every write.
CREATE TABLE IF NOT EXISTS verrou_des_ecrivains ();

DROP TABLE IF EXISTS installations;  -- version 1 noted there what it had run

CREATE TABLE IF NOT EXISTS dossiers_events (
    originator_id      uuid        NOT NULL,               -- the dossier
    originator_version bigint      NOT NULL CHECK (originator_version >= 1),
    topic              text        NOT NULL,
    state              bytea       NOT NULL,               -- envelope and clear fields; what is personal is sealed
    notification_id    bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    recorded_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (originator_id, originator_version)
);
CREATE UNIQUE INDEX IF NOT EXISTS dossiers_events_position ON dossiers_events (notification_id);
CREATE INDEX IF NOT EXISTS dossiers_events_effacements ON dossiers_events (notification_id)
    WHERE topic = 'unefois:PersonneEffacee';               -- erasures are looked at again at each start
CREATE INDEX IF NOT EXISTS dossiers_events_engagements ON dossiers_events (notification_id)
    WHERE topic = 'unefois:EffacementEngage';
CREATE INDEX IF NOT EXISTS dossiers_events_droits ON dossiers_events (notification_id)
    WHERE topic IN ('unefois:DroitExerce', 'unefois:DroitRepondu', 'unefois:EffacementDemande',
                    'unefois:EffacementDecide', 'unefois:PersonneEffacee');  -- requests of persons, whoever they are of

-- One row per contribution: an organisation's key, sent twice, finds the first answer. Both hashes are keyed.
CREATE TABLE IF NOT EXISTS contributions (
    partenaire   text   NOT NULL,
    cle          text   NOT NULL,
    empreinte    bytea,                                    -- HMAC of the request: same key, other body is told apart
    dossier      uuid   NOT NULL,
    contribution uuid   NOT NULL,
    position     bigint NOT NULL,
    PRIMARY KEY (partenaire, cle)
);

-- Natural keys of acts (HMAC). They outlive erasures: a second import of an erased household adds nothing.
CREATE TABLE IF NOT EXISTS cles_naturelles (
    empreinte bytea PRIMARY KEY,
    dossier   uuid  NOT NULL
);

-- Blind index: keyed hashes, never of a name alone. The one table that an erasure deletes from.
CREATE TABLE IF NOT EXISTS index_aveugle (
    genre     smallint NOT NULL,
    empreinte bytea    NOT NULL,
    dossier   uuid     NOT NULL,
    sujet     uuid     NOT NULL,                           -- the person, or the dossier for the household's own
    PRIMARY KEY (empreinte, genre, dossier, sujet)
);
CREATE INDEX IF NOT EXISTS index_aveugle_sujet ON index_aveugle (sujet);

-- What an erased household, or person, was known by: file numbers, dwelling with name (HMAC). So that a later act of the
-- same file does not bring them back. Not the identity itself: whoever was erased may have another case one day.
CREATE TABLE IF NOT EXISTS references_effacees (
    genre     smallint NOT NULL CHECK (genre > 1),
    empreinte bytea    NOT NULL,
    dossier   uuid     NOT NULL,
    efface_le date     NOT NULL,
    PRIMARY KEY (empreinte, genre, dossier)
);

-- Files that go with acts: their facts are events, their content is here, in chunks, each sealed. Whom a file names, so
-- that it goes with them; who brought it, so that it is counted. One that is still coming in is of pieces_en_cours too.
CREATE TABLE IF NOT EXISTS pieces (
    piece      uuid        PRIMARY KEY,
    dossier    uuid        NOT NULL,
    personnes  uuid[]      NOT NULL CHECK (cardinality(personnes) BETWEEN 1 AND 20),
    partenaire text        NOT NULL,
    deposee_le timestamptz NOT NULL DEFAULT clock_timestamp()
);
ALTER TABLE pieces ADD COLUMN IF NOT EXISTS dehors boolean NOT NULL DEFAULT false;  -- its chunks are in a store beside this database
CREATE INDEX IF NOT EXISTS pieces_du_partenaire ON pieces (partenaire, deposee_le);
CREATE INDEX IF NOT EXISTS pieces_des_personnes ON pieces USING gin (personnes);
CREATE INDEX IF NOT EXISTS pieces_du_dossier ON pieces (dossier);
CREATE TABLE IF NOT EXISTS pieces_morceaux (
    piece  uuid  NOT NULL REFERENCES pieces ON DELETE CASCADE,
    rang   int   NOT NULL CHECK (rang BETWEEN 0 AND 399),  -- of 64 KiB: 25 MiB
    scelle bytea NOT NULL CHECK (octet_length(scelle) BETWEEN 29 AND 65564),
    PRIMARY KEY (piece, rang)
);
ALTER TABLE pieces_morceaux ALTER COLUMN scelle SET STORAGE EXTERNAL;  -- ciphertext does not compress
CREATE TABLE IF NOT EXISTS pieces_en_cours (
    piece  uuid        PRIMARY KEY REFERENCES pieces ON DELETE CASCADE,
    depuis timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- What is still to be taken out of the store: written with the row's own deletion. It is taken out twice, at once and an
-- hour later, when whoever was bringing the file has long been answered: what came in between is found then.
CREATE TABLE IF NOT EXISTS pieces_a_oter (
    piece  uuid        PRIMARY KEY,
    depuis timestamptz NOT NULL DEFAULT clock_timestamp(),
    vue    boolean     NOT NULL DEFAULT false
);
CREATE INDEX IF NOT EXISTS dossiers_events_pieces ON dossiers_events (originator_id)
    WHERE topic = 'unefois:PieceJointe';

-- Who looked, for what purpose, at which groups, and what came of it. Never a value of a case.
-- Partitioned from the first day: retention is a partition that the owner detaches.
-- What the charter counts, year by year, once it was counted: no household is in it, and nothing moves it. Counted again,
-- a figure is one row more. axe, cle: of the whole département, of a stock, of a commune. sur: what a share is a share of.
CREATE TABLE IF NOT EXISTS indicateurs_arretes (
    rang     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    annee    smallint    NOT NULL CHECK (annee BETWEEN 1990 AND 2100),
    code     text        NOT NULL CHECK (length(code) BETWEEN 1 AND 8),
    axe      text        NOT NULL CHECK (axe IN ('departement', 'parc', 'commune')),
    cle      text        NOT NULL CHECK ((axe = 'departement') = (cle = '') AND length(cle) <= 16),
    valeur   bigint      NOT NULL CHECK (valeur >= 0),
    sur      bigint      CHECK (sur >= 0),
    externe  boolean     NOT NULL,
    par      text        NOT NULL CHECK (length(par) <= 64),
    connu_le timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX IF NOT EXISTS indicateurs_par_annee ON indicateurs_arretes (annee, code, axe, cle, rang);

-- The rules of access that decided, as they were: each revision's bytes, of which it is the digest. What they are made of
-- is the policies' business.
CREATE TABLE IF NOT EXISTS politiques (
    revision   text        PRIMARY KEY CHECK (revision = encode(sha256(contenu), 'hex')),
    contenu    bytea       NOT NULL CHECK (octet_length(contenu) <= 4194304),
    gardee_le  timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- Which of them the service decides by, and since when: a row each time that it starts with another than before.
CREATE TABLE IF NOT EXISTS politiques_en_vigueur (
    rang     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    revision text        NOT NULL REFERENCES politiques,
    depuis   timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The receipt of a file of lines: when it was received, from whom, the digest of its bytes, what became of each line by
-- its number. Nothing of what the lines said.
CREATE TABLE IF NOT EXISTS recepisses (
    recepisse  uuid        PRIMARY KEY,
    partenaire text        NOT NULL CHECK (partenaire ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    agent      text        NOT NULL CHECK (length(agent) <= 200),
    finalite   text        NOT NULL CHECK (finalite ~ '^[A-Z0-9_]{1,60}$'),
    empreinte  bytea       NOT NULL CHECK (octet_length(empreinte) = 32),
    lignes     jsonb       NOT NULL CHECK (jsonb_typeof(lignes) = 'array' AND jsonb_array_length(lignes) <= 2000),
    recu_le    timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX IF NOT EXISTS recepisses_par_partenaire ON recepisses (partenaire, finalite, recu_le DESC);

-- How far each source of acts was read: a row once all before its cursor is in the ledger. The cursor is the source's own.
CREATE TABLE IF NOT EXISTS releves (
    rang    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source  text        NOT NULL CHECK (length(source) <= 500),
    curseur text        NOT NULL CHECK (length(curseur) BETWEEN 1 AND 64),
    le      timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX IF NOT EXISTS releves_par_source ON releves (source, rang);

CREATE TABLE IF NOT EXISTS journal (
    position           bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    recorded_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    flux               text        NOT NULL CHECK (flux IN ('securite', 'echange', 'metier')),
    organisation       text        NOT NULL,
    agent              text        NOT NULL,
    role               text        NOT NULL,
    finalite           text        NOT NULL,
    action             text        NOT NULL,
    dossier            uuid,
    groupes_montres    text[]      NOT NULL,
    groupes_retenus    text[]      NOT NULL,
    revision_politique text        NOT NULL,
    issue              text        NOT NULL CHECK (issue IN ('autorise', 'refuse', 'vide', 'erreur')),
    motif              text        NOT NULL,
    recherche          bytea,                              -- keyed hash of the identity sought
    trace              text        NOT NULL,
    origine            text,                               -- of who proved nothing: the network, never the machine
    nombre             int         CHECK (nombre >= 1),    -- how many of them the row stands for; null: one
    article            text,                               -- of a refusal: what it rests on, as the answer tells it
    avant              jsonb,                              -- of a change of the registry: what it said, what it says
    apres              jsonb,
    revision_alors     text,                               -- of a read under the rules of a past day: theirs
    echange            jsonb,                              -- of a question: what was asked, who had told it, for which request
    PRIMARY KEY (position, recorded_at)
) PARTITION BY RANGE (recorded_at);
ALTER TABLE journal ADD COLUMN IF NOT EXISTS origine text;
ALTER TABLE journal ADD COLUMN IF NOT EXISTS nombre int CHECK (nombre >= 1);
ALTER TABLE journal ADD COLUMN IF NOT EXISTS article text, ADD COLUMN IF NOT EXISTS avant jsonb, ADD COLUMN IF NOT EXISTS apres jsonb;
ALTER TABLE journal ADD COLUMN IF NOT EXISTS revision_alors text, ADD COLUMN IF NOT EXISTS echange jsonb;
-- What the journal is read by, each in the order of its pages: a page of an agent, of an organisation or of a case costs
-- the same whatever the journal holds. A day is first found by its hour, then read by position.
CREATE INDEX IF NOT EXISTS journal_dossier ON journal (dossier, position);
CREATE INDEX IF NOT EXISTS journal_agent ON journal (agent, position);
CREATE INDEX IF NOT EXISTS journal_organisation ON journal (organisation, position);
CREATE INDEX IF NOT EXISTS journal_recherche ON journal (recherche, position) WHERE recherche IS NOT NULL;
CREATE INDEX IF NOT EXISTS journal_instant ON journal (recorded_at, position);
CREATE INDEX IF NOT EXISTS journal_echanges ON journal (dossier, position) WHERE flux = 'echange';
CREATE INDEX IF NOT EXISTS journal_questions ON journal (recorded_at) WHERE action = 'deja_connu';
CREATE INDEX IF NOT EXISTS journal_trace ON journal USING hash (trace);  -- a call leaves few rows: they are sorted once found
CREATE TABLE IF NOT EXISTS journal_reste PARTITION OF journal DEFAULT;  -- so that no clock stops the service

-- Refuses to rewrite history, to everybody but the owner. The owner has no password: it takes an administrator
-- to become it, and what it would change shows in the digests.
CREATE OR REPLACE FUNCTION refuser_reecriture() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF current_user <> 'unefois_proprietaire' THEN
        RAISE EXCEPTION '% sur % : rien ne se réécrit', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;

-- An INSERT that did not come through the lock would give positions out of order.
CREATE OR REPLACE FUNCTION exiger_verrou() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'relation' AND pid = pg_backend_pid() AND granted AND mode = 'ExclusiveLock'
          AND relation = 'verrou_des_ecrivains'::regclass
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ) THEN
        RAISE EXCEPTION 'écriture sans le verrou du registre des événements' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;

-- ENABLE ALWAYS: a trigger of the ordinary kind is silent for a session that calls itself a replica.
CREATE OR REPLACE FUNCTION garder(la_table regclass) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    EXECUTE format('CREATE OR REPLACE TRIGGER rien_ne_se_reecrit BEFORE UPDATE OR DELETE OR TRUNCATE ON %s
                    FOR EACH STATEMENT EXECUTE FUNCTION refuser_reecriture()', la_table);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER rien_ne_se_reecrit', la_table);
END $$;

SELECT garder(t) FROM unnest('{dossiers_events, contributions, cles_naturelles, index_aveugle, references_effacees, indicateurs_arretes, politiques, politiques_en_vigueur, releves, recepisses, pieces, pieces_morceaux, pieces_en_cours, pieces_a_oter}'::regclass[]) AS t;
SELECT garder(relid) FROM pg_partition_tree('journal');

CREATE OR REPLACE TRIGGER verrou_tenu BEFORE INSERT ON dossiers_events
    FOR EACH STATEMENT EXECUTE FUNCTION exiger_verrou();
ALTER TABLE dossiers_events ENABLE ALWAYS TRIGGER verrou_tenu;

-- Creates the partitions of this month and of the months ahead. Called at installation and at each start; two at
-- once wait for each other. A month whose rows already went to the rest stays there.
CREATE OR REPLACE FUNCTION preparer_journal(mois int DEFAULT 12) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    debut    timestamptz;
    nom      text;
    creees   int := 0;
BEGIN
    FOR i IN 0..least(mois, 24) - 1 LOOP
        debut := date_trunc('month', now(), 'UTC') + make_interval(months => i);
        nom := 'journal_' || to_char(debut AT TIME ZONE 'UTC', 'YYYY_MM');
        CONTINUE WHEN to_regclass(nom) IS NOT NULL;
        LOCK TABLE journal IN SHARE UPDATE EXCLUSIVE MODE;  -- which inserts do not wait for
        CONTINUE WHEN to_regclass(nom) IS NOT NULL;
        BEGIN
            EXECUTE format('CREATE TABLE %I PARTITION OF journal FOR VALUES FROM (%L) TO (%L)',
                           nom, debut, debut + interval '1 month');
            PERFORM garder(nom::regclass);
            creees := creees + 1;
        EXCEPTION WHEN check_violation THEN
            RAISE NOTICE 'le mois % reste dans journal_reste', nom;
        END;
    END LOOP;
    RETURN creees;
END $$;

-- Writes one group of contributions in one transaction: events, idempotency, natural keys, index, journal.
--
-- Arrays hold one element per contribution, then one per event, index entry and natural key, each with the rank of
-- its contribution. Each contribution is judged alone, under the lock: a bad one never fails its group. The caller
-- puts no two contributions with one idempotency key, natural key or unique index entry in the same group.
--
--   ecrit            recorded now, or by the same call whose answer was lost
--   deja             the organisation already sent this key with this request
--   cle_reutilisee   the organisation already sent this key with another request
--   acte_connu       one of its acts is in the ledger
--   conflit          the dossier is not at the version that it was decided on, or this household has one already
--
-- Journal rows are those of ecrit and deja. What stored nothing is journaled as it is answered: it may be tried again.
CREATE OR REPLACE FUNCTION ecrire(
    p_partenaires text[], p_cles text[], p_empreintes bytea[], p_dossiers uuid[], p_contributions uuid[],
    p_attendues bigint[], p_nombres int[],
    p_evenement_rangs int[], p_evenement_versions bigint[], p_evenement_topics text[], p_evenement_states bytea[],
    p_index_rangs int[], p_index_genres smallint[], p_index_empreintes bytea[], p_index_sujets uuid[],
    p_naturelle_rangs int[], p_naturelles bytea[],
    p_lignes jsonb
) RETURNS TABLE (r_statut text, r_position bigint, r_contribution uuid, r_dossier uuid)
LANGUAGE plpgsql SET search_path FROM CURRENT
SET enable_seqscan = off  -- a plan made while the tables are empty is kept, and would read them whole once full
SET jit = off
AS $$
DECLARE
    connues       uuid[];     -- the contribution that already holds the idempotency key
    connues_en    uuid[];
    connues_a     bigint[];
    memes         boolean[];  -- whether it was the same request
    actes         uuid[];     -- the dossier that already has one of its acts
    occupes       boolean[];  -- whether it opens a dossier for a household that has one
    premiers      int[];      -- the first contribution of the group on the same dossier
    tetes         bigint[];   -- the version of the dossier, kept up to date at index premiers[r]
    retenues      boolean[] := array_fill(false, ARRAY[cardinality(p_cles)]);
    statuts       text[] := array_fill(''::text, ARRAY[cardinality(p_cles)]);
    derniers      int[] := array_fill(0, ARRAY[cardinality(p_cles)]);  -- its last event, among those retained
    retenus       int := 0;
    ids           bigint[];
BEGIN
    LOCK TABLE verrou_des_ecrivains IN EXCLUSIVE MODE;

    SELECT array_agg(c.contribution ORDER BY g.rang), array_agg(c.dossier ORDER BY g.rang),
           array_agg(c.position ORDER BY g.rang),
           array_agg(c.empreinte IS NOT DISTINCT FROM g.empreinte ORDER BY g.rang),
           array_agg(n.dossier ORDER BY g.rang), array_agg(o.occupe ORDER BY g.rang),
           array_agg(g.premier ORDER BY g.rang), array_agg(coalesce(t.version, 0) ORDER BY g.rang)
      INTO connues, connues_en, connues_a, memes, actes, occupes, premiers, tetes
      FROM (SELECT *, first_value(rang) OVER (PARTITION BY dossier ORDER BY rang) AS premier
              FROM unnest(p_partenaires, p_cles, p_empreintes, p_dossiers, p_attendues)
                   WITH ORDINALITY AS u (partenaire, cle, empreinte, dossier, attendue, rang)) AS g
      LEFT JOIN LATERAL (SELECT * FROM contributions c
                          WHERE c.partenaire = g.partenaire AND c.cle = g.cle LIMIT 1) AS c ON true
      LEFT JOIN LATERAL (SELECT e.originator_version AS version FROM dossiers_events e
                          WHERE e.originator_id = g.dossier ORDER BY e.originator_version DESC LIMIT 1) AS t ON true
      LEFT JOIN (SELECT u.rang, min(k.dossier::text)::uuid AS dossier
                   FROM unnest(p_naturelle_rangs, p_naturelles) AS u (rang, empreinte)
                  CROSS JOIN LATERAL (SELECT k.dossier FROM cles_naturelles k
                                       WHERE k.empreinte = u.empreinte LIMIT 1) AS k
                  GROUP BY u.rang) AS n ON n.rang = g.rang
      LEFT JOIN (SELECT DISTINCT u.rang, true AS occupe
                   FROM unnest(p_index_rangs, p_index_genres, p_index_empreintes) AS u (rang, genre, empreinte)
                  CROSS JOIN LATERAL (SELECT FROM index_aveugle i
                                       WHERE i.empreinte = u.empreinte AND i.genre = u.genre LIMIT 1) AS i
                  WHERE u.genre IN (8, 9)) AS o ON o.rang = g.rang AND g.attendue = 0;

    FOR r IN 1..cardinality(p_cles) LOOP
        IF connues[r] IS NOT NULL THEN
            statuts[r] := CASE WHEN connues[r] = p_contributions[r] THEN 'ecrit'
                               WHEN memes[r] THEN 'deja' ELSE 'cle_reutilisee' END;
        ELSIF actes[r] IS NOT NULL THEN
            statuts[r] := 'acte_connu';
        ELSIF tetes[premiers[r]] <> p_attendues[r] OR occupes[r] THEN
            statuts[r] := 'conflit';
        ELSE
            statuts[r] := 'ecrit';
            retenues[r] := true;
            retenus := retenus + p_nombres[r];
            derniers[r] := retenus;
            tetes[premiers[r]] := p_attendues[r] + p_nombres[r];
        END IF;
    END LOOP;

    IF retenus > 0 THEN
        WITH ecrits AS (
            INSERT INTO dossiers_events (originator_id, originator_version, topic, state)
            SELECT p_dossiers[e.rang], e.version, e.topic, e.state
              FROM unnest(p_evenement_rangs, p_evenement_versions, p_evenement_topics, p_evenement_states)
                   WITH ORDINALITY AS e (rang, version, topic, state, ordre)
             WHERE retenues[e.rang]
             ORDER BY e.ordre
            RETURNING notification_id)
        SELECT array_agg(notification_id ORDER BY notification_id) INTO ids FROM ecrits;

        INSERT INTO contributions (partenaire, cle, empreinte, dossier, contribution, position)
        SELECT u.partenaire, u.cle, u.empreinte, u.dossier, u.contribution, ids[derniers[u.rang]]
          FROM unnest(p_partenaires, p_cles, p_empreintes, p_dossiers, p_contributions)
               WITH ORDINALITY AS u (partenaire, cle, empreinte, dossier, contribution, rang)
         WHERE retenues[u.rang];

        INSERT INTO cles_naturelles (empreinte, dossier)
        SELECT u.empreinte, p_dossiers[u.rang] FROM unnest(p_naturelle_rangs, p_naturelles) AS u (rang, empreinte)
         WHERE retenues[u.rang];

        INSERT INTO index_aveugle (genre, empreinte, dossier, sujet)
        SELECT u.genre, u.empreinte, p_dossiers[u.rang], u.sujet
          FROM unnest(p_index_rangs, p_index_genres, p_index_empreintes, p_index_sujets)
               AS u (rang, genre, empreinte, sujet)
         WHERE retenues[u.rang]
            ON CONFLICT DO NOTHING;

        PERFORM pg_notify(current_schema() || '_events', ids[cardinality(ids)]::text);
    END IF;

    INSERT INTO journal (flux, organisation, agent, role, finalite, action, dossier, groupes_montres, groupes_retenus,
                         revision_politique, issue, motif, recherche, trace)
    SELECT l.flux, l.organisation, l.agent, l.role, l.finalite, l.action, l.dossier, l.groupes_montres,
           l.groupes_retenus, l.revision, l.issue, CASE WHEN retenues[l.rang] THEN l.motif ELSE 'deja' END,
           l.recherche, l.trace
      FROM jsonb_to_recordset(p_lignes) AS l (
           rang int, flux text, organisation text, agent text, role text, finalite text, action text, dossier uuid,
           groupes_montres text[], groupes_retenus text[], revision text, issue text, motif text, recherche bytea,
           trace text)
     WHERE retenues[l.rang] OR statuts[l.rang] = 'deja';

    RETURN QUERY
    SELECT u.statut,
           CASE WHEN retenues[u.rang] THEN ids[derniers[u.rang]] ELSE coalesce(connues_a[u.rang], 0) END,
           coalesce(connues[u.rang], u.contribution), coalesce(connues_en[u.rang], u.dossier)
      FROM unnest(statuts, p_contributions, p_dossiers) WITH ORDINALITY AS u (statut, contribution, dossier, rang)
     ORDER BY u.rang;
END $$;

-- Takes a person out of the blind index, but for keyed hashes of what named her file, which nobody deletes. Only for a
-- person whose erasure is an event of the dossier: the application cannot make a household unfindable otherwise. When the
-- household's keys went with its last adult, its rows go too.
CREATE OR REPLACE FUNCTION oublier(p_dossier uuid, p_personne uuid) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    menage_aussi boolean;
    le           date;
    supprimees   int;
BEGIN
    SELECT bool_or((e ->> 'menage_aussi')::boolean), max((enveloppe ->> 'survenu_le')::date) INTO menage_aussi, le
      FROM (SELECT etat -> 'clair' AS e, etat -> 'enveloppe' AS enveloppe
              FROM (SELECT convert_from(state, 'UTF8')::jsonb AS etat FROM dossiers_events
                     WHERE originator_id = p_dossier AND topic = 'unefois:PersonneEffacee') AS x) AS y
     WHERE e ->> 'personne' = p_personne::text;
    IF menage_aussi IS NULL THEN
        RAISE EXCEPTION 'aucun effacement enregistré pour cette personne' USING ERRCODE = 'insufficient_privilege';
    END IF;
    WITH oubliees AS (
        DELETE FROM index_aveugle
         WHERE dossier = p_dossier AND (sujet = p_personne OR (menage_aussi AND sujet = p_dossier))
        RETURNING genre, empreinte),
    gardees AS (
        INSERT INTO references_effacees (genre, empreinte, dossier, efface_le)
        SELECT genre, empreinte, p_dossier, le FROM oubliees WHERE genre <> 1
            ON CONFLICT DO NOTHING)
    SELECT count(*) INTO supprimees FROM oubliees;
    DELETE FROM pieces WHERE dossier = p_dossier AND (p_personne = ANY (personnes) OR menage_aussi);
    RETURN supprimees;
END $$;

-- Ends a deposit, and those that nobody has ended within an hour: a file whose fact is recorded stays, any other goes.
-- The application cannot make a file disappear otherwise. An hour: whoever writes its fact has long succeeded or failed.
CREATE OR REPLACE FUNCTION finir_pieces(p_piece uuid) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    finies    uuid[];
    oubliees  int;
BEGIN
    SELECT array_agg(piece) INTO finies FROM pieces_en_cours
     WHERE piece = p_piece OR depuis < clock_timestamp() - interval '1 hour';
    DELETE FROM pieces p
     WHERE p.piece = ANY (finies)
       AND NOT EXISTS (
           SELECT FROM dossiers_events e
            WHERE e.originator_id = p.dossier AND e.topic = 'unefois:PieceJointe'
              AND convert_from(e.state, 'UTF8')::jsonb #>> '{clair,piece}' = p.piece::text);
    GET DIAGNOSTICS oubliees = ROW_COUNT;
    DELETE FROM pieces_en_cours WHERE piece = ANY (finies);
    RETURN oubliees;
END $$;

CREATE OR REPLACE FUNCTION noter_la_piece_a_oter() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO pieces_a_oter (piece) VALUES (OLD.piece) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS a_oter ON pieces;
CREATE TRIGGER a_oter AFTER DELETE ON pieces FOR EACH ROW WHEN (OLD.dehors) EXECUTE FUNCTION noter_la_piece_a_oter();
ALTER TABLE pieces ENABLE ALWAYS TRIGGER a_oter;

-- A file was taken out of the store: it is looked at once more, an hour after its row went, and then no more.
CREATE OR REPLACE FUNCTION piece_otee(p_piece uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT
BEGIN ATOMIC
    DELETE FROM pieces_a_oter WHERE piece = p_piece AND depuis < clock_timestamp() - interval '1 hour';
    UPDATE pieces_a_oter SET vue = true WHERE piece = p_piece;
END;

-- Who may do what. INSERT stands on columns: with the table's, the application could forge a position (one forged
-- position blinds every projection for ever) or a date of recording, also by COPY.
REVOKE EXECUTE ON FUNCTION garder, refuser_reecriture, exiger_verrou, preparer_journal, ecrire, oublier, finir_pieces, noter_la_piece_a_oter, piece_otee FROM PUBLIC;
GRANT EXECUTE ON FUNCTION preparer_journal, ecrire, oublier, finir_pieces, piece_otee TO unefois_api;

GRANT SELECT, INSERT (originator_id, originator_version, topic, state) ON dossiers_events TO unefois_api;
GRANT SELECT, INSERT ON contributions, cles_naturelles, index_aveugle TO unefois_api;
GRANT SELECT ON references_effacees TO unefois_api;
GRANT SELECT, INSERT (flux, organisation, agent, role, finalite, action, dossier, groupes_montres, groupes_retenus,
                      revision_politique, revision_alors, echange, issue, motif, article, recherche, trace, origine, nombre) ON journal TO unefois_api;
GRANT SELECT, INSERT (annee, code, axe, cle, valeur, sur, externe, par) ON indicateurs_arretes TO unefois_api;
GRANT SELECT, INSERT (revision, contenu) ON politiques TO unefois_api;
GRANT SELECT, INSERT (revision) ON politiques_en_vigueur TO unefois_api;
GRANT SELECT, INSERT (source, curseur) ON releves TO unefois_api;
GRANT SELECT, INSERT (recepisse, partenaire, agent, finalite, empreinte, lignes) ON recepisses TO unefois_api;
GRANT SELECT, INSERT (piece, dossier, personnes, partenaire, dehors) ON pieces TO unefois_api;
GRANT SELECT, INSERT (piece, rang, scelle) ON pieces_morceaux TO unefois_api;
GRANT SELECT, INSERT (piece) ON pieces_en_cours TO unefois_api;
GRANT SELECT ON pieces_a_oter TO unefois_api;
GRANT UPDATE ON verrou_des_ecrivains TO unefois_api;  -- it has no row: what this gives is the right to lock it
GRANT SELECT ON dossiers_events TO unefois_projecteur;
