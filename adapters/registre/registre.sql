-- The registry: who the partners are, which agents they habilitate, which cases they are mandated for, who sits where.
-- Executed by the installer as the owner, with search_path on the tenant's schema. Safe to run again.
--
-- unefois_api reads. unefois_registre writes, and only under a name: every change bumps the revision, which each
-- request checks, and leaves a row in the journal, in the same transaction. Nothing is deleted: a right ends by a date.

CREATE TABLE IF NOT EXISTS registre_revision (
    seule    boolean PRIMARY KEY DEFAULT true CHECK (seule),
    revision bigint  NOT NULL
);
INSERT INTO registre_revision (revision) VALUES (1) ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS partenaires (
    code         text PRIMARY KEY CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
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
    client_id  text PRIMARY KEY CHECK (client_id <> ''),
    partenaire text NOT NULL REFERENCES partenaires,
    retire_le  date
);

CREATE TABLE IF NOT EXISTS agents (
    pseudonyme text NOT NULL CHECK (pseudonyme ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$'),
    partenaire text NOT NULL REFERENCES partenaires,
    PRIMARY KEY (partenaire, pseudonyme)
);

-- A named agent is habilitated by someone, for purposes, from a day to a day, both included.
CREATE TABLE IF NOT EXISTS habilitations (
    id         uuid PRIMARY KEY,
    partenaire text NOT NULL,
    agent      text NOT NULL,
    finalites  text[] NOT NULL CHECK (cardinality(finalites) > 0),
    secret     text NOT NULL CHECK (secret IN ('aucun', 'profession', 'mission')),
    du         date NOT NULL,
    au         date NOT NULL CHECK (au >= du),
    par        text NOT NULL CHECK (par <> ''),
    revoquee_le date,
    FOREIGN KEY (partenaire, agent) REFERENCES agents (partenaire, pseudonyme)
);

-- A partner reads more than its own contributions to a case once the CCAPEX instructeur has confirmed its mandate.
CREATE TABLE IF NOT EXISTS mandats (
    partenaire   text NOT NULL REFERENCES partenaires,
    dossier      uuid NOT NULL,
    confirme_par text NOT NULL CHECK (confirme_par <> ''),
    du           date NOT NULL,
    au           date NOT NULL CHECK (au >= du),
    revoque_le   date,
    PRIMARY KEY (partenaire, dossier)
);

-- Places are typed: arrondissement 93001 is not commune 93001.
CREATE TABLE IF NOT EXISTS seances (
    id            uuid PRIMARY KEY,
    instance      text NOT NULL CHECK (instance IN ('CLIL', 'CCAPEX', 'COMEX')),
    lieu          text NOT NULL CHECK (lieu ~ '^(departement|commune:[0-9AB]{5}|arrondissement:[0-9AB]{5})$'),
    convoquee_le  date NOT NULL,
    seance_le     date NOT NULL CHECK (seance_le >= convoquee_le),
    annulee_le    date
);

CREATE TABLE IF NOT EXISTS membres (
    instance   text NOT NULL CHECK (instance IN ('CLIL', 'CCAPEX', 'COMEX')),
    lieu       text NOT NULL CHECK (lieu ~ '^(departement|commune:[0-9AB]{5}|arrondissement:[0-9AB]{5})$'),
    partenaire text NOT NULL REFERENCES partenaires,
    voix       text NOT NULL CHECK (voix IN ('deliberative', 'consultative')),
    sorti_le   date,
    PRIMARY KEY (instance, lieu, partenaire)
);

-- Runs as the owner: unefois_registre can neither write the journal nor the revision by another way than a change.
-- Without a named administrator (SET unefois.agent) the change is refused.
CREATE OR REPLACE FUNCTION registre_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    administrateur text := current_setting('unefois.agent', true);
BEGIN
    IF coalesce(administrateur, '') = '' THEN
        RAISE EXCEPTION 'registre : aucun administrateur nommé' USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE registre_revision SET revision = revision + 1;
    INSERT INTO journal (flux, organisation, agent, role, finalite, action, dossier, groupes_montres,
                         groupes_retenus, revision_politique, issue, motif, recherche, trace)
    VALUES ('securite', coalesce(to_jsonb(NEW) ->> 'partenaire', to_jsonb(NEW) ->> 'code', ''), administrateur,
            'REGISTRE', 'CONTROLE', 'administrer', (to_jsonb(NEW) ->> 'dossier')::uuid, '{}', '{}', '', 'autorise',
            TG_TABLE_NAME || ' ' || lower(TG_OP), NULL, '');
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION registre_sans_suppression() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    RAISE EXCEPTION 'registre : rien n''est supprimé, un droit finit par une date'
        USING ERRCODE = 'insufficient_privilege';
END $$;

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['partenaires', 'clients', 'agents', 'habilitations', 'mandats', 'seances', 'membres'] LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER change AFTER INSERT OR UPDATE ON %I '
                       'FOR EACH ROW EXECUTE FUNCTION registre_change()', t);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER change', t);
        EXECUTE format('CREATE OR REPLACE TRIGGER sans_suppression BEFORE DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION registre_sans_suppression()', t);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER sans_suppression', t);
        EXECUTE format('GRANT SELECT ON %I TO unefois_api, unefois_registre', t);
        EXECUTE format('GRANT INSERT, UPDATE ON %I TO unefois_registre', t);
    END LOOP;
END $$;
GRANT SELECT ON registre_revision TO unefois_api, unefois_registre;
REVOKE ALL ON FUNCTION registre_change() FROM PUBLIC;
REVOKE ALL ON FUNCTION registre_sans_suppression() FROM PUBLIC;
