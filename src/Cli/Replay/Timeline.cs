namespace Sessions.Cli.Replay;

/// <summary>One step of a replay: a session opens, or closes.</summary>
internal readonly record struct TimelineStep(DateTimeOffset At, bool Opens, int Session);

/// <summary>
/// The steps of a workload in logical time, dealt out to callers. An owner's steps stay with one caller and in order, so that
/// its sessions never overlap; different owners overlap as they did when recorded.
/// </summary>
internal static class Timeline
{
    public static IReadOnlyList<TimelineStep>[] Deal(IReadOnlyList<WorkloadSession> sessions, int callers)
    {
        var steps = new List<TimelineStep>(sessions.Count * 2);
        for (var i = 0; i < sessions.Count; i++)
        {
            steps.Add(new(sessions[i].Start, Opens: true, i));
            steps.Add(new(sessions[i].LastEnd + Workload.Linger, Opens: false, i));
        }

        // What ends at the moment of a start is over before it, except that nothing ends before its own start.
        var ordered = steps.OrderBy(step => step.At).ThenBy(step => step.Opens).ThenBy(step => step.Session);
        var callerOf = new Dictionary<Principal, int>();
        var dealt = Enumerable.Range(0, callers).Select(_ => new List<TimelineStep>()).ToArray();
        foreach (var step in ordered)
        {
            var owner = sessions[step.Session].Owner;
            if (!callerOf.TryGetValue(owner, out var caller))
            {
                caller = callerOf[owner] = callerOf.Count % callers;
            }

            dealt[caller].Add(step);
        }

        return dealt;
    }
}
