namespace Sessions.Client;

/// <summary>What a call is about, for errors and logs.</summary>
/// <param name="Name">What it does, in one word.</param>
/// <param name="SessionId">The session it is about.</param>
/// <param name="CommandId">The command it carries; null for a question.</param>
/// <param name="Verb">What the command does.</param>
internal readonly record struct CallSubject(
    string Name, SessionId? SessionId = null, CommandId? CommandId = null, SessionVerb? Verb = null)
{
    public static CallSubject Of(SessionId id, SessionCommand command) =>
        new(command.Verb.ToString(), id, command.CommandId, command.Verb);
}
