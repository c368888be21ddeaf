namespace Sessions.Cluster.Tests;

/// <summary>Commands as tests want them: complete, and different only where the test says.</summary>
internal static class Commands
{
    public static readonly Principal Alice = Principal.Parse("alice");

    public static SessionSpecification Specification(
        string @namespace = "acme/eval", string? template = null, SessionOverrides? overrides = null) => new()
        {
            Namespace = SessionNamespace.Parse(@namespace),
            Creator = Alice,
            Template = template is null ? null : TemplateReference.Parse(template),
            Overrides = overrides ?? SessionOverrides.None,
        };

    public static CreateSession Create(SessionSpecification? specification = null) =>
        new() { Actor = Alice, Specification = specification ?? Specification() };

    public static RequestSession Request(SessionSpecification? specification = null) =>
        new() { Actor = Alice, Specification = specification ?? Specification() };

    public static CreateSession Confirm() => new() { Actor = Alice };

    public static CancelSession Cancel() => new() { Actor = Alice };

    public static ActivateSession Activate() => new() { Actor = Alice };

    public static PauseSession Pause() => new() { Actor = Alice };

    public static ResumeSession Resume() => new() { Actor = Alice };

    public static RenewSession Renew(TimeSpan by) => new() { Actor = Alice, By = by };

    public static CloseSession Close() => new() { Actor = Alice };

    public static SessionSnapshot Done(this SessionReply reply)
    {
        Assert.Null(reply.Refusal);
        return Assert.IsType<SessionSnapshot>(reply.Snapshot);
    }

    public static SessionError Refused(this SessionReply reply, SessionErrorCode code)
    {
        Assert.Null(reply.Snapshot);
        Assert.Equal(code, reply.Refusal?.Code);
        return reply.Refusal!;
    }
}
