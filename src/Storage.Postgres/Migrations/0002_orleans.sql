-- What Orleans' ADO.NET providers for membership and grain storage expect of a PostgreSQL database: the table OrleansQuery,
-- found by the search path and therefore in public, and behind each of its keys a query with the parameters and result columns
-- that the provider names. The tables behind the queries are nobody's business but theirs.
--
-- Every query that changes something is one statement, so that it is atomic without any transaction around it, and compares
-- versions in that very statement, so that of several that start from the same version one wins.

CREATE TABLE public.OrleansQuery
(
    QueryKey  text COLLATE "C" NOT NULL PRIMARY KEY,
    QueryText text             NOT NULL
);

-- Membership. ---------------------------------------------------------------------------------------------------------------
-- One version per cluster. A silo's row is inserted or updated only together with the step from the version that the silo had
-- read; the heartbeat and the removal of the long dead take no step.

CREATE TABLE public.OrleansCluster
(
    DeploymentId text COLLATE "C" NOT NULL PRIMARY KEY,
    Version      int              NOT NULL DEFAULT 0,
    ChangedAt    timestamptz      NOT NULL DEFAULT now()
);

CREATE TABLE public.OrleansSilo
(
    DeploymentId text COLLATE "C" NOT NULL REFERENCES public.OrleansCluster ON DELETE CASCADE,
    Address      text COLLATE "C" NOT NULL,
    Port         int              NOT NULL,
    Generation   int              NOT NULL,
    SiloName     text             NOT NULL,
    HostName     text             NOT NULL,
    Status       int              NOT NULL,
    ProxyPort    int              NOT NULL,
    SuspectTimes text,
    StartTime    timestamptz      NOT NULL,
    IAmAliveTime timestamptz      NOT NULL,
    PRIMARY KEY (DeploymentId, Address, Port, Generation)
)
WITH (fillfactor = 50);

INSERT INTO public.OrleansQuery (QueryKey, QueryText) VALUES
('GatewaysQueryKey', $query$
SELECT Address, ProxyPort, Generation
FROM public.OrleansSilo
WHERE DeploymentId = @DeploymentId AND Status = @Status AND ProxyPort > 0
$query$),

-- Answers with the version alone, the silo's columns null, when there is no such silo.
('MembershipReadRowKey', $query$
SELECT s.Address, s.Port, s.Generation, s.SiloName, s.HostName, s.Status, s.ProxyPort, s.SuspectTimes, s.StartTime,
    s.IAmAliveTime, c.Version
FROM public.OrleansCluster AS c
LEFT JOIN public.OrleansSilo AS s
    ON s.DeploymentId = c.DeploymentId AND s.Address = @Address AND s.Port = @Port AND s.Generation = @Generation
WHERE c.DeploymentId = @DeploymentId
$query$),

('MembershipReadAllKey', $query$
SELECT s.Address, s.Port, s.Generation, s.SiloName, s.HostName, s.Status, s.ProxyPort, s.SuspectTimes, s.StartTime,
    s.IAmAliveTime, c.Version
FROM public.OrleansCluster AS c
LEFT JOIN public.OrleansSilo AS s ON s.DeploymentId = c.DeploymentId
WHERE c.DeploymentId = @DeploymentId
$query$),

('InsertMembershipVersionKey', $query$
WITH inserted AS (
    INSERT INTO public.OrleansCluster (DeploymentId) VALUES (@DeploymentId)
    ON CONFLICT DO NOTHING
    RETURNING Version
)
SELECT EXISTS (SELECT FROM inserted)
$query$),

('UpdateIAmAlivetimeKey', $query$
UPDATE public.OrleansSilo SET IAmAliveTime = @IAmAliveTime
WHERE DeploymentId = @DeploymentId AND Address = @Address AND Port = @Port AND Generation = @Generation
$query$),

-- The step comes first and locks the cluster's row: whoever comes second waits there and then finds another version. A silo
-- that is in the table already stops the step, so that the version never moves without the row that moved it.
('InsertMembershipKey', $query$
WITH step AS (
    UPDATE public.OrleansCluster AS c SET Version = c.Version + 1, ChangedAt = now()
    WHERE c.DeploymentId = @DeploymentId AND c.Version = @Version AND NOT EXISTS (
        SELECT FROM public.OrleansSilo AS s
        WHERE s.DeploymentId = @DeploymentId AND s.Address = @Address AND s.Port = @Port AND s.Generation = @Generation)
    RETURNING c.DeploymentId
), inserted AS (
    INSERT INTO public.OrleansSilo (DeploymentId, Address, Port, Generation, SiloName, HostName, Status, ProxyPort, StartTime,
        IAmAliveTime)
    SELECT DeploymentId, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime
    FROM step
    RETURNING DeploymentId
)
SELECT EXISTS (SELECT FROM inserted)
$query$),

('UpdateMembershipKey', $query$
WITH step AS (
    UPDATE public.OrleansCluster AS c SET Version = c.Version + 1, ChangedAt = now()
    WHERE c.DeploymentId = @DeploymentId AND c.Version = @Version AND EXISTS (
        SELECT FROM public.OrleansSilo AS s
        WHERE s.DeploymentId = @DeploymentId AND s.Address = @Address AND s.Port = @Port AND s.Generation = @Generation)
    RETURNING c.DeploymentId
), updated AS (
    UPDATE public.OrleansSilo AS s SET Status = @Status, SuspectTimes = @SuspectTimes, IAmAliveTime = @IAmAliveTime
    FROM step
    WHERE s.DeploymentId = step.DeploymentId AND s.Address = @Address AND s.Port = @Port AND s.Generation = @Generation
    RETURNING s.DeploymentId
)
SELECT EXISTS (SELECT FROM updated)
$query$),

('DeleteMembershipTableEntriesKey', $query$
DELETE FROM public.OrleansCluster WHERE DeploymentId = @DeploymentId
$query$),

-- 3 is Active in SiloStatus: a silo that was active and is silent is declared dead by the others first.
('CleanupDefunctSiloEntriesKey', $query$
DELETE FROM public.OrleansSilo
WHERE DeploymentId = @DeploymentId AND IAmAliveTime < @IAmAliveTime AND Status <> 3
$query$);

-- Grain storage. ------------------------------------------------------------------------------------------------------------
-- The provider sends no version with a first write and expects a new version, or no row where the write lost. It finds rows by
-- two hashes and by the whole identity that they are made from.

CREATE TABLE public.OrleansGrainState
(
    GrainIdHash            int              NOT NULL,
    GrainIdN0              bigint           NOT NULL,
    GrainIdN1              bigint           NOT NULL,
    GrainTypeHash          int              NOT NULL,
    GrainTypeString        text COLLATE "C" NOT NULL,
    GrainIdExtensionString text COLLATE "C",
    ServiceId              text COLLATE "C" NOT NULL,
    -- Null after a clear. The row stays then and goes on counting, so that an old version never becomes valid again; where the
    -- provider is told to delete rows on clear, it does.
    PayloadBinary          bytea,
    Version                int              NOT NULL,
    ModifiedAt             timestamptz      NOT NULL DEFAULT now()
)
WITH (fillfactor = 80);

-- A missing extension is equal to a missing extension. Otherwise two first writes of most grains would both be let in.
CREATE UNIQUE INDEX OrleansGrainState_Identity ON public.OrleansGrainState
    (GrainIdHash, GrainTypeHash, GrainIdN0, GrainIdN1, GrainTypeString, GrainIdExtensionString, ServiceId) NULLS NOT DISTINCT;

INSERT INTO public.OrleansQuery (QueryKey, QueryText) VALUES
('ReadFromStorageKey', $query$
SELECT PayloadBinary, Version
FROM public.OrleansGrainState
WHERE GrainIdHash = @GrainIdHash AND GrainTypeHash = @GrainTypeHash AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
    AND GrainTypeString = @GrainTypeString AND GrainIdExtensionString IS NOT DISTINCT FROM @GrainIdExtensionString
    AND ServiceId = @ServiceId
$query$),

-- Inserts without a version and updates with one, never both.
('WriteToStorageKey', $query$
WITH inserted AS (
    INSERT INTO public.OrleansGrainState (GrainIdHash, GrainIdN0, GrainIdN1, GrainTypeHash, GrainTypeString,
        GrainIdExtensionString, ServiceId, PayloadBinary, Version)
    SELECT @GrainIdHash, @GrainIdN0, @GrainIdN1, @GrainTypeHash, @GrainTypeString,
        @GrainIdExtensionString, @ServiceId, @PayloadBinary, 1
    WHERE @GrainStateVersion IS NULL
    ON CONFLICT DO NOTHING
    RETURNING Version
), updated AS (
    UPDATE public.OrleansGrainState SET PayloadBinary = @PayloadBinary, Version = Version + 1, ModifiedAt = now()
    WHERE GrainIdHash = @GrainIdHash AND GrainTypeHash = @GrainTypeHash AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
        AND GrainTypeString = @GrainTypeString AND GrainIdExtensionString IS NOT DISTINCT FROM @GrainIdExtensionString
        AND ServiceId = @ServiceId AND Version = @GrainStateVersion
    RETURNING Version
)
SELECT Version AS NewGrainStateVersion FROM inserted
UNION ALL
SELECT Version FROM updated
$query$),

('ClearStorageKey', $query$
UPDATE public.OrleansGrainState SET PayloadBinary = NULL, Version = Version + 1, ModifiedAt = now()
WHERE GrainIdHash = @GrainIdHash AND GrainTypeHash = @GrainTypeHash AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
    AND GrainTypeString = @GrainTypeString AND GrainIdExtensionString IS NOT DISTINCT FROM @GrainIdExtensionString
    AND ServiceId = @ServiceId AND Version = @GrainStateVersion
RETURNING Version AS NewGrainStateVersion
$query$),

-- Answers with the version after the one deleted, by which the provider knows that it was the one it meant.
('DeleteStorageKey', $query$
DELETE FROM public.OrleansGrainState
WHERE GrainIdHash = @GrainIdHash AND GrainTypeHash = @GrainTypeHash AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
    AND GrainTypeString = @GrainTypeString AND GrainIdExtensionString IS NOT DISTINCT FROM @GrainIdExtensionString
    AND ServiceId = @ServiceId AND Version = @GrainStateVersion
RETURNING Version + 1 AS NewGrainStateVersion
$query$);
