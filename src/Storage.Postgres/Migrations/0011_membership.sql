-- What the clustering provider of Orleans 10.4 expects of the membership queries. Tables and grain storage queries stay as they
-- are, so that a silo that read the queries of an earlier migration goes on working with them until it ends.

-- The provider reads the table, picks the dead silos by its own rule, and deletes each only where it is still as it was read.
-- A missing list of suspicions and an empty one are the same to the provider: it sends null for both.
INSERT INTO public.OrleansQuery (QueryKey, QueryText) VALUES
('CleanupDefunctSiloEntryKey', $query$
DELETE FROM public.OrleansSilo
WHERE DeploymentId = @DeploymentId AND Address = @Address AND Port = @Port AND Generation = @Generation
    AND Status = 6 AND StartTime = @StartTime AND IAmAliveTime = @IAmAliveTime
    AND coalesce(SuspectTimes, '') = coalesce(@SuspectTimes, '')
$query$)
-- It may be there where the record of this migration was removed to run an earlier release again.
ON CONFLICT (QueryKey) DO UPDATE SET QueryText = excluded.QueryText;

-- The provider still requires this key, and uses it where the one above is missing. 6 is Dead in SiloStatus: a silo that is
-- joining or stopping is not defunct, however old its heartbeat is.
UPDATE public.OrleansQuery SET QueryText = $query$
DELETE FROM public.OrleansSilo
WHERE DeploymentId = @DeploymentId AND Status = 6 AND StartTime < @IAmAliveTime AND IAmAliveTime < @IAmAliveTime
$query$
WHERE QueryKey = 'CleanupDefunctSiloEntriesKey';

-- The silo's row is locked before the step: without the lock, a cleanup that deletes the row meanwhile would leave a version
-- that moved without a row that moved it.
UPDATE public.OrleansQuery SET QueryText = $query$
WITH silo AS (
    SELECT DeploymentId
    FROM public.OrleansSilo
    WHERE DeploymentId = @DeploymentId AND Address = @Address AND Port = @Port AND Generation = @Generation
    FOR UPDATE
), step AS (
    UPDATE public.OrleansCluster SET Version = Version + 1, ChangedAt = now()
    WHERE DeploymentId = @DeploymentId AND Version = @Version AND EXISTS (SELECT FROM silo)
    RETURNING DeploymentId
), updated AS (
    UPDATE public.OrleansSilo AS s SET Status = @Status, SuspectTimes = @SuspectTimes, IAmAliveTime = @IAmAliveTime
    FROM step
    WHERE s.DeploymentId = step.DeploymentId AND s.Address = @Address AND s.Port = @Port AND s.Generation = @Generation
    RETURNING s.DeploymentId
)
SELECT EXISTS (SELECT FROM updated)
$query$
WHERE QueryKey = 'UpdateMembershipKey';

-- Locks silos before the cluster too. In the other order, a deletion and an update would wait for each other.
UPDATE public.OrleansQuery SET QueryText = $query$
WITH silos AS (
    SELECT DeploymentId FROM public.OrleansSilo WHERE DeploymentId = @DeploymentId FOR UPDATE
)
DELETE FROM public.OrleansCluster WHERE DeploymentId = @DeploymentId AND (SELECT count(*) FROM silos) >= 0
$query$
WHERE QueryKey = 'DeleteMembershipTableEntriesKey';
