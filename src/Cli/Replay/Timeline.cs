using Sessions.Client;

namespace Sessions.Cli.Replay;

/// <summary>What happens in a step. At the same moment a smaller one comes first: what ends at a start is over before it.</summary>
internal enum TimelineAct : byte
{
    Close,
    Open,
    Execute,
}

/// <summary>One step of a replay: a session opens, executes, or closes.</summary>
/// <param name="At">When.</param>
/// <param name="Act">What.</param>
/// <param name="Session">In which session.</param>
/// <param name="Execution">Which of its executions, where one begins.</param>
internal readonly record struct TimelineStep(DateTimeOffset At, TimelineAct Act, int Session, int Execution = 0);

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
            steps.Add(new(sessions[i].Start, TimelineAct.Open, i));
            for (var n = 0; n < sessions[i].Executions.Count; n++)
            {
                // A row out of order does not begin before its session does.
                var start = sessions[i].Executions[n].Start;
                steps.Add(new(start > sessions[i].Start ? start : sessions[i].Start, TimelineAct.Execute, i, n));
            }

            steps.Add(new(sessions[i].LastEnd + Workload.Linger, TimelineAct.Close, i));
        }

        var ordered = steps.OrderBy(step => step.At).ThenBy(step => step.Act).ThenBy(step => step.Session).ThenBy(step => step.Execution);
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
