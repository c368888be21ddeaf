using System.Collections.Immutable;

namespace Sessions.Core;

/// <summary>What may be asked of a line, and how long anybody waits in it.</summary>
internal static class QueueRules
{
    /// <summary>All that is wrong with a request to enter; empty if nothing is.</summary>
    public static ImmutableArray<ConfigurationFault> FindFaults(SessionNamespace @namespace, EnterQueue? request)
    {
        if (@namespace.IsDefault || request is null)
        {
            return [new("namespace", "is missing or not a namespace")];
        }

        var faults = ImmutableArray.CreateBuilder<ConfigurationFault>();
        if (request.Session.IsDefault)
        {
            faults.Add(new("session", "is missing"));
        }

        if (request.Command.CommandId.IsDefault)
        {
            faults.Add(new("commandId", "is missing"));
        }

        // The session would refuse it too, but only when its turn has come.
        if (!request.Command.Actor.IsValid)
        {
            faults.Add(new("actor", "is missing or not a principal"));
        }

        if (ConfigurationRules.FindReasonFault(request.Command.Reason) is { } reason)
        {
            faults.Add(reason);
        }

        if (ConfigurationRules.FindWaitFault(request.Wait) is { } problem)
        {
            faults.Add(new("wait", problem));
        }

        if (request.Ticket is { } ticket && ticket.Session != request.Session)
        {
            faults.Add(new("ticket", "is of another session"));
        }

        return faults.ToImmutable();
    }

    /// <summary>
    /// Since when and until when somebody waits who enters now. A ticket gives back what it says, but neither a time that is still to come
    /// nor more time than the policy permits from now on.
    /// </summary>
    public static (DateTimeOffset Since, DateTimeOffset Deadline) TimesOf(EnterQueue request, AdmissionQueue queue, DateTimeOffset now)
    {
        var latest = now + queue.Wait;
        return request.Ticket is { } ticket
            ? (Earlier(ticket.Since, now), Earlier(ticket.Deadline, latest))
            : (now, Earlier(now + request.Wait, latest));
    }

    /// <summary>
    /// Whether a session in this state has no use for a place any more: it is live, or has ended. What it was before it was created is no
    /// news, because the log may be read late.
    /// </summary>
    public static bool IsPastWaiting(SessionStatus status) =>
        status is not (SessionStatus.Requested or SessionStatus.Creating or SessionStatus.Created);

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
