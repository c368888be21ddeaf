using System.Collections.Immutable;

namespace Sessions.Client;

/// <summary>What any command may state beside itself. Everything has a default.</summary>
public record SessionCommandOptions
{
    /// <summary>Why, at most 512 characters; kept with the change.</summary>
    public string? Reason { get; init; }

    /// <summary>Who acts. Default: <see cref="SessionsClientOptions.Actor"/>.</summary>
    public Principal? Actor { get; init; }

    /// <summary>
    /// The command's id, to repeat a command whose outcome is unknown. One from <see cref="CommandId.New()"/> says when the command was issued, so
    /// that a repetition which comes too late is refused and not done again. Default: a new one.
    /// </summary>
    public CommandId? CommandId { get; init; }

    /// <summary>The version that the caller decided upon; any other is refused with <see cref="VersionConflictException"/>. Default: any.</summary>
    public long? ExpectedVersion { get; init; }

    /// <summary>Whether to wait while a provisioner works, until the session has left Creating, Activating or Closing. Default true.</summary>
    public bool WaitForProvisioning { get; init; } = true;
}

/// <summary>What is to be made, for whom and where; shared by reserving and creating.</summary>
public abstract record SpecifyingOptions : SessionCommandOptions
{
    /// <summary>The session's id; choose it to make a creation safe to repeat from another process. Default: a new one.</summary>
    public SessionId? Id { get; init; }

    /// <summary>Where the session lives.</summary>
    public required SessionNamespace Namespace { get; init; }

    /// <summary>Whose it is.</summary>
    public required Principal Creator { get; init; }

    /// <summary>The template to start from. Default: none, the default configuration.</summary>
    public TemplateReference? Template { get; init; }

    /// <summary>What differs from the template, or from the defaults. Default: nothing.</summary>
    public SessionOverrides Overrides { get; init; } = SessionOverrides.None;

    internal SessionSpecification Specification => new()
    {
        Namespace = Namespace,
        Creator = Creator,
        Template = Template,
        Overrides = Overrides,
    };
}

/// <summary>For <see cref="SessionsClient.CreateAsync"/>.</summary>
public sealed record CreateSessionOptions : SpecifyingOptions;

/// <summary>For <see cref="SessionsClient.RequestAsync"/>.</summary>
public sealed record RequestSessionOptions : SpecifyingOptions
{
    /// <summary>How long the reservation stands, 1 s to 1 day. Default: the silo's, one minute.</summary>
    public TimeSpan? Deadline { get; init; }
}

/// <summary>For <see cref="SessionHandle.RenewAsync(RenewSessionOptions, CancellationToken)"/>. Exactly one of <see cref="By"/> and <see cref="Until"/> is given.</summary>
public sealed record RenewSessionOptions : SessionCommandOptions
{
    /// <summary>How much later than now planned; positive.</summary>
    public TimeSpan? By { get; init; }

    /// <summary>The new end.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Whether <see cref="Until"/> may lie before the present end. Default false.</summary>
    public bool AllowShortening { get; init; }
}

/// <summary>For <see cref="SessionHandle.AdjustAsync"/>. What is null stays; at least one is stated.</summary>
public sealed record AdjustSessionOptions : SessionCommandOptions
{
    /// <inheritdoc cref="AdjustSession.Permissions"/>
    public SessionPermissions? Permissions { get; init; }

    /// <inheritdoc cref="AdjustSession.FunctionPatterns"/>
    public ImmutableArray<string>? FunctionPatterns { get; init; }

    /// <inheritdoc cref="AdjustSession.Quotas"/>
    public SessionQuotas? Quotas { get; init; }

    /// <inheritdoc cref="AdjustSession.DataRules"/>
    public ImmutableArray<DataRule>? DataRules { get; init; }
}
