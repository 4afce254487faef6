-- Subscriptions: to which address a partner's agent has its feed brought, at one purpose, and how far it was brought; or
-- to which mailbox it has said how many cases wait for an answer.
-- Executed by the installer as the owner, with search_path on the tenant's schema. Safe to run again.
--
-- No change of a case stands here: a delivery is a stretch of the reader's own feed, between two of its sealed tokens,
-- made anew at each attempt under the rights of that moment. The address and the secrets that sign are sealed too.

CREATE TABLE IF NOT EXISTS abonnements (
    id         uuid        PRIMARY KEY,
    partenaire text        NOT NULL CHECK (partenaire <> ''),
    client     text,                  -- null: a person who signed in on our own pages
    agent      text        NOT NULL CHECK (agent <> ''),
    finalite   text        NOT NULL CHECK (finalite <> ''),
    demande    uuid,
    empreinte  bytea       NOT NULL,  -- keyed hash of the request that made it
    scelle     bytea       NOT NULL,  -- where, under which secrets; empty once it has ended
    cree_le    timestamptz NOT NULL,
    fini_le    timestamptz,
    fin        text CHECK (fin IN ('demandee', 'partie', 'perimee', 'non_confirmee')),
    CHECK ((fini_le IS NULL) = (fin IS NULL))
);
-- confirme_le: of a mailbox, when somebody gave back the code that was sent there; until then, nothing else is.
ALTER TABLE abonnements
    ADD COLUMN IF NOT EXISTS genre text NOT NULL DEFAULT 'url' CHECK (genre IN ('url', 'courriel')),
    ADD COLUMN IF NOT EXISTS confirme_le timestamptz,
    DROP CONSTRAINT IF EXISTS abonnements_fin_check,
    ADD CONSTRAINT abonnements_fin_check CHECK (fin IN ('demandee', 'partie', 'perimee', 'non_confirmee'));
CREATE INDEX IF NOT EXISTS abonnements_partenaire ON abonnements (partenaire, cree_le);

-- numero 0: where the subscription has come to; it has no end, but while a stretch is tried again. Any other: a dead
-- letter, a stretch that was tried as often as it is; without prochaine_le until somebody has it brought again. Of a mailbox
-- there is 0 alone, which goes from nowhere: jusqu_a counts the messages of the day that were begun, and without
-- prochaine_le it is suspended.
CREATE TABLE IF NOT EXISTS livraisons (
    abonnement   uuid NOT NULL REFERENCES abonnements ON DELETE CASCADE,
    numero       int  NOT NULL CHECK (numero BETWEEN 0 AND 1000000),
    depuis       text NOT NULL CHECK (length(depuis) <= 128),
    jusqu_a      text CHECK (length(jusqu_a) <= 128),
    tentatives   int  NOT NULL DEFAULT 0,
    prochaine_le timestamptz,
    dernier      text NOT NULL DEFAULT '' CHECK (length(dernier) <= 100),
    morte_le     timestamptz,
    PRIMARY KEY (abonnement, numero),
    CHECK (numero > 0 OR morte_le IS NULL),
    CHECK (numero = 0 OR (jusqu_a IS NOT NULL AND morte_le IS NOT NULL))
);
ALTER TABLE livraisons DROP CONSTRAINT IF EXISTS livraisons_check,
    ADD CONSTRAINT livraisons_check CHECK (numero > 0 OR morte_le IS NULL);
CREATE INDEX IF NOT EXISTS livraisons_dues ON livraisons (prochaine_le) WHERE prochaine_le IS NOT NULL;

-- A new subscription and its row of the journal, or neither. Two at once of one partner wait for each other: together
-- they could pass the bound. The application has no other way to make one, nor to write over whose it is.
--
--   ecrit            made now
--   deja             the same request made it already
--   cle_reutilisee   another request made it
--   trop             the partner has as many as it may: ten that run, a hundred with those that ended lately
CREATE OR REPLACE FUNCTION abonner(p_ligne jsonb, p_dit jsonb, p_depuis text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    dit    abonnements := jsonb_populate_record(NULL::abonnements, p_dit);
    connue bytea;
BEGIN
    PERFORM pg_advisory_xact_lock(97, hashtext(current_schema() || ' ' || dit.partenaire));
    SELECT empreinte INTO connue FROM abonnements WHERE id = dit.id;
    IF connue <> dit.empreinte THEN
        RETURN 'cle_reutilisee';
    END IF;
    IF connue IS NULL AND (SELECT count(*) FILTER (WHERE fini_le IS NULL) >= 10 OR count(*) >= 100
                             FROM abonnements WHERE partenaire = dit.partenaire) THEN
        RETURN 'trop';
    END IF;
    INSERT INTO journal (flux, organisation, agent, role, finalite, action, groupes_montres, groupes_retenus,
                         revision_politique, issue, motif, trace)
    SELECT 'securite', l.organisation, l.agent, l.role, l.finalite, l.action, '{}', '{}', l.revision, 'autorise',
           CASE WHEN connue IS NULL THEN l.motif ELSE 'deja' END, l.trace
      FROM jsonb_to_record(p_ligne) AS l (organisation text, agent text, role text, finalite text, action text,
                                          revision text, motif text, trace text);
    IF connue IS NOT NULL THEN
        RETURN 'deja';
    END IF;
    INSERT INTO abonnements SELECT dit.*;
    INSERT INTO livraisons (abonnement, numero, depuis, prochaine_le) VALUES (dit.id, 0, p_depuis, dit.cree_le);
    RETURN 'ecrit';
END $$;

-- Those that ended so long ago are let go: nobody may bring them back, and what they held is gone already.
CREATE OR REPLACE FUNCTION oublier_les_abonnements(p_avant timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT
BEGIN ATOMIC
    DELETE FROM abonnements WHERE fini_le < p_avant;
END;

REVOKE EXECUTE ON FUNCTION abonner, oublier_les_abonnements FROM PUBLIC;
GRANT EXECUTE ON FUNCTION abonner, oublier_les_abonnements TO unefois_api;
GRANT SELECT, UPDATE (scelle, fini_le, fin, confirme_le) ON abonnements TO unefois_api;
GRANT SELECT, INSERT, DELETE, UPDATE (depuis, jusqu_a, tentatives, prochaine_le, dernier) ON livraisons TO unefois_api;
