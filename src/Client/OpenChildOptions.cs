namespace Sessions.Client;

/// <summary>For <see cref="SessionHandle.OpenChildAsync"/>. What is not stated is the parent's, or the template's.</summary>
public sealed record OpenChildOptions : SessionCommandOptions
{
    /// <summary>The child's id. Default: a new one.</summary>
    public SessionId? Id { get; init; }

    /// <summary>Where the child lives: the parent's namespace or below it. Default: the parent's.</summary>
    public SessionNamespace? Namespace { get; init; }

    /// <summary>Whose it is. Default: the parent's creator.</summary>
    public Principal? Creator { get; init; }

    /// <summary>The template to start from. Default: none, the default configuration.</summary>
    public TemplateReference? Template { get; init; }

    /// <summary>
    /// What differs from the template, or from the defaults. Every quota that the parent has a limit of must be stated here or by the
    /// template: that much is moved to the child. Default: nothing.
    /// </summary>
    public SessionOverrides Overrides { get; init; } = SessionOverrides.None;

    internal SessionSpecification Specification => new()
    {
        Namespace = Namespace ?? default,
        Creator = Creator ?? default,
        Template = Template,
        Overrides = Overrides,
    };
}
