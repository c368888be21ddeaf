using System.Collections.Immutable;

namespace Sessions.Core.Isolation;

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
        faults.Require(!request.Session.IsDefault, "session", "is missing");
        faults.Require(!request.Command.CommandId.IsDefault, "commandId", "is missing");

        // The session would refuse it too, but only when its turn has come.
        faults.Require(request.Command.Actor.IsValid, "actor", "is missing or not a principal");
        if (ConfigurationRules.FindReasonFault(request.Command.Reason) is { } reason)
        {
            faults.Add(reason);
        }

        if (ConfigurationRules.FindWaitFault(request.Wait) is { } problem)
        {
            faults.Add(new("wait", problem));
        }

        faults.Require(request.Ticket is null || request.Ticket.Session == request.Session, "ticket", "is of another session");
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
