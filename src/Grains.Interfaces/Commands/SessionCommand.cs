using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Sessions;

/// <summary>What every command carries.</summary>
[GenerateSerializer, Immutable, Alias("sessions.SessionCommand")]
public abstract record SessionCommand
{
    /// <summary>Names this command; repeat a command under its id to learn what became of it.</summary>
    [Id(0)]
    public CommandId CommandId { get; init; } = CommandId.New();

    /// <summary>Who asks.</summary>
    [Id(1)]
    public Principal Actor { get; init; }

    /// <summary>Why, at most 512 characters; kept with the change.</summary>
    [Id(2)]
    public string? Reason { get; init; }

    /// <summary>The version that the caller decided upon; the command is refused with VersionConflict on any other. Null: any.</summary>
    [Id(3)]
    public long? ExpectedVersion { get; init; }

    /// <summary>
    /// The highest version that the caller has seen; the command is never refused or replayed upon an older one. 0, the default, for none.
    /// It belongs to the call and not to the content: a repetition may state another one.
    /// </summary>
    [Id(4), JsonIgnore]
    public long SeenVersion { get; init; }

    /// <summary>What the command does, in the words of the life cycle.</summary>
    public abstract SessionVerb Verb { get; }
}

/// <summary>What is to be made: for whom, where, and from what.</summary>
[GenerateSerializer, Immutable, Alias("sessions.SessionSpecification")]
public sealed record SessionSpecification
{
    /// <summary>Where the session lives.</summary>
    [Id(0)]
    public SessionNamespace Namespace { get; init; }

    /// <summary>Whose it is.</summary>
    [Id(1)]
    public Principal Creator { get; init; }

    /// <summary>The template to start from; null for the default configuration.</summary>
    [Id(2)]
    public TemplateReference? Template { get; init; }

    /// <summary>What differs from the template or the defaults.</summary>
    [Id(3)]
    public SessionOverrides Overrides { get; init; } = SessionOverrides.None;
}

/// <summary>Reserves a session, which is to be created or cancelled before a deadline.</summary>
[GenerateSerializer, Immutable, Alias("sessions.RequestSession")]
public sealed record RequestSession : SessionCommand
{
    /// <summary>What is to be made.</summary>
    [Id(0)]
    public SessionSpecification Specification { get; init; } = new();

    /// <summary>How long the reservation stands, 1 s to 1 day; null for the silo's default of one minute.</summary>
    [Id(1)]
    public TimeSpan? Deadline { get; init; }

    /// <inheritdoc/>
    public override SessionVerb Verb => SessionVerb.Request;
}

/// <summary>Creates a session, from nothing or from its reservation. Safe to repeat under the same session id.</summary>
[GenerateSerializer, Immutable, Alias("sessions.CreateSession")]
public sealed record CreateSession : SessionCommand
{
    /// <summary>What is to be made; null to take what was requested. What differs from the request is refused.</summary>
    [Id(0)]
    public SessionSpecification? Specification { get; init; }

    /// <inheritdoc/>
    public override SessionVerb Verb => SessionVerb.Create;
}

/// <summary>Gives a reservation up.</summary>
[GenerateSerializer, Immutable, Alias("sessions.CancelSession")]
public sealed record CancelSession : SessionCommand
{
    /// <inheritdoc/>
    public override SessionVerb Verb => SessionVerb.Cancel;
}

/// <summary>Lets executions begin.</summary>
[GenerateSerializer, Immutable, Alias("sessions.ActivateSession")]
public sealed record ActivateSession : SessionCommand
{
    /// <inheritdoc/>
    public override SessionVerb Verb => SessionVerb.Activate;
}

/// <summary>Stops executions for a while.</summary>
[GenerateSerializer, Immutable, Alias("sessions.PauseSession")]
public sealed record PauseSession : SessionCommand
{
    /// <inheritdoc/>
    public override SessionVerb Verb => SessionVerb.Pause;
}

/// <summary>Lets executions go on.</summary>
[GenerateSerializer, Immutable, Alias("sessions.ResumeSession")]
public sealed record ResumeSession : SessionCommand
{
    /// <inheritdoc/>
    public override SessionVerb Verb => SessionVerb.Resume;
}

/// <summary>Moves the end of a session. Exactly one of <see cref="By"/> and <see cref="Until"/> is given.</summary>
[GenerateSerializer, Immutable, Alias("sessions.RenewSession")]
public sealed record RenewSession : SessionCommand
{
    /// <summary>How much longer than now planned; positive.</summary>
    [Id(0)]
    public TimeSpan? By { get; init; }

    /// <summary>The new end.</summary>
    [Id(1)]
    public DateTimeOffset? Until { get; init; }

    /// <summary>Whether <see cref="Until"/> may lie before the present end.</summary>
    [Id(2)]
    public bool AllowShortening { get; init; }

    /// <inheritdoc/>
    public override SessionVerb Verb => SessionVerb.Renew;
}

/// <summary>Ends a session. Wins in every live state.</summary>
[GenerateSerializer, Immutable, Alias("sessions.CloseSession")]
public sealed record CloseSession : SessionCommand
{
    /// <inheritdoc/>
    public override SessionVerb Verb => SessionVerb.Close;
}

/// <summary>
/// Changes what a session may do and use. What is null stays. Bound by the same ceilings as at creation. Whatever gets narrower
/// holds everywhere when the command has returned; a limit below what is used already admits nothing more.
/// </summary>
[GenerateSerializer, Immutable, Alias("sessions.AdjustSession")]
public sealed record AdjustSession : SessionCommand
{
    /// <summary>The permissions from now on.</summary>
    [Id(0)]
    public SessionPermissions? Permissions { get; init; }

    /// <summary>The function patterns from now on; empty for all functions.</summary>
    [Id(1)]
    public ImmutableArray<string>? FunctionPatterns { get => field is { IsDefault: true } ? [] : field; init; }

    /// <summary>The quotas from now on, all of them: a dimension that is null is not limited any more, but by the ceilings.</summary>
    [Id(2)]
    public SessionQuotas? Quotas { get; init; }

    /// <summary>The rules about the session's data from now on; empty for nobody but itself.</summary>
    [Id(3)]
    public ImmutableArray<DataRule>? DataRules { get => field is { IsDefault: true } ? [] : field; init; }

    /// <inheritdoc/>
    public override SessionVerb Verb => SessionVerb.Adjust;
}

/// <summary>
/// Opens a child session: creates it below this one, with a part of what this one may use. The child may do nothing that this one may
/// not. What is moved to it comes back at its end, less what it used; and it is closed when this session ends.
/// </summary>
[GenerateSerializer, Immutable, Alias("sessions.OpenChildSession")]
public sealed record OpenChildSession : SessionCommand
{
    /// <summary>The id that the child is to have.</summary>
    [Id(0)]
    public SessionId Child { get; init; }

    /// <summary>
    /// What is to be made, in this session's namespace or below it. A namespace or a creator that is missing is this session's. Every
    /// quota that this session has a limit of must be stated, here or by the template: that much is moved.
    /// </summary>
    [Id(1)]
    public SessionSpecification Specification { get; init; } = new();

    /// <inheritdoc/>
    public override SessionVerb Verb => SessionVerb.OpenChild;
}
