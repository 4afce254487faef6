-- The keys of one tenant, in a database of their own, with backups of their own: what is sealed in the ledger opens
-- only with both. Wrapped under a key-encryption key that no database holds.
--
-- Run by the owner (unefois_proprietaire, who cannot log in), in the tenant's schema, again whenever it changes: see
-- schema.sql.

DROP TABLE IF EXISTS installations;  -- version 1 noted there what it had run

CREATE TABLE IF NOT EXISTS cles (
    sujet       uuid  NOT NULL,                            -- a person, or the dossier for what the household shares
    classe      text  NOT NULL CHECK (classe IN ('S1', 'S2', 'S3')),
    dossier     uuid  NOT NULL,
    cle_scellee bytea NOT NULL,                            -- AES-256-GCM, bound to subject and class
    PRIMARY KEY (sujet, classe)
);
CREATE INDEX IF NOT EXISTS cles_dossier ON cles (dossier);

-- Who was erased, under which decision, taken and executed by whom: enough to finish an erasure that was interrupted
-- before its event, and to destroy again the keys that an older backup brings back. Erased means a row here: a key that
-- is merely absent erases nobody.
CREATE TABLE IF NOT EXISTS tombes (
    sujet       uuid        PRIMARY KEY,
    decision    uuid        NOT NULL,
    dossier     uuid        NOT NULL,
    personne    uuid        NOT NULL,                      -- the person erased: the subject, or the last adult
    partenaire  text        NOT NULL,
    role        text        NOT NULL,
    agent       text        NOT NULL,
    detruite_le timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX IF NOT EXISTS tombes_dossier ON tombes (dossier);
ALTER TABLE tombes ADD COLUMN IF NOT EXISTS decideur text;  -- null in those of version 2
DO $$ BEGIN
    ALTER TABLE tombes ADD CONSTRAINT tombes_deux_personnes CHECK (decideur <> agent);
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;

CREATE OR REPLACE FUNCTION refuser_reecriture() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF current_user <> 'unefois_proprietaire' THEN
        RAISE EXCEPTION '% sur % : rien ne se réécrit', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;

-- No key for the erased, nor for anybody in a household that is. A destruction takes the same lock alone: without it, a
-- key made while its subject is being erased would outlive the erasure.
CREATE OR REPLACE FUNCTION refuser_efface() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(95, hashtext(current_schema()));
    IF EXISTS (SELECT FROM nouvelles n JOIN tombes t ON t.sujet IN (n.sujet, n.dossier)) THEN
        RAISE EXCEPTION 'sujet effacé' USING ERRCODE = 'UF001';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER rien_ne_se_reecrit BEFORE UPDATE OR DELETE OR TRUNCATE ON cles
    FOR EACH STATEMENT EXECUTE FUNCTION refuser_reecriture();
CREATE OR REPLACE TRIGGER rien_ne_se_reecrit BEFORE UPDATE OR DELETE OR TRUNCATE ON tombes
    FOR EACH STATEMENT EXECUTE FUNCTION refuser_reecriture();
CREATE OR REPLACE TRIGGER pas_de_cle_pour_un_efface AFTER INSERT ON cles
    REFERENCING NEW TABLE AS nouvelles FOR EACH STATEMENT EXECUTE FUNCTION refuser_efface();
ALTER TABLE cles ENABLE ALWAYS TRIGGER rien_ne_se_reecrit;
ALTER TABLE cles ENABLE ALWAYS TRIGGER pas_de_cle_pour_un_efface;
ALTER TABLE tombes ENABLE ALWAYS TRIGGER rien_ne_se_reecrit;

-- Destroys every key of the person, and says so for ever, in one transaction. Done twice, it changes nothing. With the
-- last adult (p_menage) go the household's keys, and whatever else has a key in the case but those who stay (p_restent): a
-- key that was made for a declaration which the erasure was faster than would belong to nobody, and live for ever.
CREATE OR REPLACE FUNCTION detruire(
    p_dossier uuid, p_personne uuid, p_menage boolean, p_restent uuid[],
    p_decision uuid, p_decideur text, p_partenaire text, p_role text, p_agent text
) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    sujets    uuid[] := CASE WHEN p_menage THEN ARRAY[p_personne, p_dossier] ELSE ARRAY[p_personne] END;
    detruites int;
BEGIN
    PERFORM pg_advisory_xact_lock(95, hashtext(current_schema()));
    INSERT INTO tombes (sujet, decision, dossier, personne, partenaire, role, agent, decideur)
    SELECT s, p_decision, p_dossier, p_personne, p_partenaire, p_role, p_agent, p_decideur FROM unnest(sujets) AS s
        ON CONFLICT (sujet) DO NOTHING;
    DELETE FROM cles
     WHERE sujet = ANY (sujets) OR (p_menage AND dossier = p_dossier AND sujet <> ALL (p_restent));
    GET DIAGNOSTICS detruites = ROW_COUNT;
    RETURN detruites;
END $$;

-- Destroys the keys of who has a tombstone already: an older backup had brought them back. Gives their dossiers.
CREATE OR REPLACE FUNCTION redetruire() RETURNS SETOF uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(95, hashtext(current_schema()));
    RETURN QUERY DELETE FROM cles USING tombes WHERE cles.sujet = tombes.sujet RETURNING cles.dossier;
END $$;

REVOKE EXECUTE ON FUNCTION refuser_reecriture, refuser_efface, detruire, redetruire FROM PUBLIC;
GRANT EXECUTE ON FUNCTION detruire, redetruire TO unefois_cles;
GRANT SELECT, INSERT ON cles TO unefois_cles;
GRANT SELECT ON tombes TO unefois_cles;
