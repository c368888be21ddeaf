namespace Sessions.Contracts.Tests.Support;

/// <summary>The samples as they were before their types grew; Golden/earlier has their bytes.</summary>
internal static class EarlierSamples
{
    /// <summary>Before outcomes, first activity, latencies and dropped log entries were counted.</summary>
    public static readonly SessionUsage Usage = new()
    {
        Executions = 7,
        ComputeTime = TimeSpan.FromSeconds(8),
        DataBytes = 9,
        Children = 1,
        LastActivityAt = Samples.At.AddMinutes(1),
    };

    /// <summary>Before what was leased and not known to have begun was counted apart.</summary>
    public static readonly SessionUsage UsageOfRelease01 = Samples.Usage with { Forfeited = 0, ForfeitedComputeTime = TimeSpan.Zero };

    /// <summary>Before sessions had data, and rules about it.</summary>
    public static readonly SessionConfiguration Configuration = Samples.Configuration with
    {
        DataRules = [],
        Settings = Samples.Settings with { ExpiryNotice = null },
    };

    /// <summary>Before sessions had children and were bound by policies that change.</summary>
    public static readonly SessionSnapshot Snapshot = Samples.Snapshot with
    {
        Configuration = Configuration,
        Parent = null,
        Children = [],
        Ceiling = null,
        PolicyRevision = 0,
        Usage = UsageOfRelease01,
    };

    /// <summary>Before events could be about two sessions, or about policies.</summary>
    public static readonly SessionEvent Event = Samples.Event with
    {
        Peer = null,
        Operations = null,
        PolicyRevision = null,
        Usage = UsageOfRelease01,
    };

    /// <summary>Before a refusal could name whose policy it is.</summary>
    public static readonly SessionError Error = Samples.Error with { Namespace = null, NothingChanged = false };

    /// <summary>Before a refusal could say that nothing was changed.</summary>
    public static readonly SessionError ErrorWithNamespace = Samples.Error with { NothingChanged = false };

    /// <summary>Before a query could state conditions of labels, or a parent.</summary>
    public static readonly SessionQuery Query = Samples.Query with { LabelConditions = [], Parent = null, HasEnd = null };

    /// <summary>Before commands that set a policy had ids.</summary>
    public static readonly SetPolicy SetPolicy = Samples.SetPolicy with { CommandId = null };

    /// <summary>Before anybody could wait for a place.</summary>
    public static readonly PolicyDefinition Policy = Samples.Policy with { Queue = null };

    /// <inheritdoc cref="Policy"/>
    public static readonly LiveLimit LiveLimit = Samples.LiveLimit with { Queue = null };

    /// <inheritdoc cref="Policy"/>
    public static readonly LiveCount LiveCount = Samples.LiveCount with { Waiting = null };

    /// <summary>Before admissions were withdrawn, and reports told of ends.</summary>
    public static readonly LeaseReport Report = Samples.Report with { Withdrawn = 0, SinceLastEnd = null, Epoch = 0 };

    /// <inheritdoc cref="Report"/>
    public static readonly ExecutionSettlement Settlement = Samples.Settlement with { NeverBegan = false, Admission = default };

    /// <summary>Before a command stated what its caller had seen.</summary>
    public static IEnumerable<SessionCommand> Commands => Samples.Commands.Select(command => command with { SeenVersion = 0 });

    /// <inheritdoc cref="Commands"/>
    public static EnterQueue EnterQueue
    {
        get
        {
            var sample = (EnterQueue)Samples.All[typeof(EnterQueue)];
            return sample with { Command = sample.Command with { SeenVersion = 0 } };
        }
    }

    /// <summary>Before a recall said how much it wants, and what was granted last.</summary>
    public static readonly LeaseRecall LeaseRecall = new(Samples.Id, Samples.Lease, RecallReason.Narrowed, 12, IdleShare.Invalid);

    /// <summary>Before terms said when the session ends.</summary>
    public static readonly LeaseTerms Terms = Samples.Terms with { ExpiresAt = null, RunGrace = TimeSpan.Zero, Shortage = ErrorWithNamespace };
}
