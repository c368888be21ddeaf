using FsCheck;
using FsCheck.Fluent;
using Sessions.Core.Tests.Isolation;
using Sessions.Core.Tests.Support;
using Sessions.Grains.Hosting;

namespace Sessions.Core.Tests.Histories;

/// <summary>One act of a random history.</summary>
internal abstract record Act
{
    /// <summary>A command under an id of its own.</summary>
    public sealed record Issue(int Kind) : Act;

    /// <summary>A legal command that does not end the session; where there is none, the provisioner is done.</summary>
    public sealed record Advance(int Which) : Act;

    /// <summary>A command that was sent before, to the letter.</summary>
    public sealed record Repeat(int Which) : Act;

    /// <summary>A command under the id of one that was sent before.</summary>
    public sealed record Reuse(int Which, int Kind) : Act;

    public sealed record Wait(TimeSpan For) : Act;

    /// <summary>Waits until the session is due, or <paramref name="Ticks"/> beside it.</summary>
    public sealed record WaitUntilDue(int Ticks) : Act;

    /// <summary>A child ends, or says so while it goes on.</summary>
    public sealed record EndChild(int Which, bool Early) : Act;

    /// <summary>Policies bound the session to another ceiling.</summary>
    public sealed record ChangePolicy(SessionCeiling Ceiling) : Act;

    /// <summary>The provisioner is done, with a stage that may be over; null for the present one.</summary>
    public sealed record Provision(SessionStatus? Stage, bool Fails) : Act;
}

/// <summary>A session's settings and what happens to it.</summary>
internal sealed record Script(SessionOverrides Overrides, bool Provisioned, IReadOnlyList<Act> Acts)
{
    private static readonly Gen<int> AnyKind = Gen.Choose(0, Commands.Kinds - 1);

    private static readonly Gen<Act> AnyAct = Gen.Frequency(
        (10, Gen.Choose(0, 5).Select(which => (Act)new Act.Advance(which))),
        (5, AnyKind.Select(kind => (Act)new Act.Issue(kind))),
        (2, Gen.Choose(0, 30).Select(which => (Act)new Act.Repeat(which))),
        (2, Gen.Choose(0, 30).Zip(AnyKind).Select(both => (Act)new Act.Reuse(both.Item1, both.Item2))),
        (2, Gen.Frequency((4, Gen.Choose(1, 30)), (1, Gen.Constant(300))).Select(seconds => (Act)new Act.Wait(TimeSpan.FromSeconds(seconds)))),
        (1, Gen.Elements(
            SessionCeiling.None,
            new SessionCeiling { Permissions = SessionPermissions.ExecuteFunctions },
            new SessionCeiling { MaxDuration = TimeSpan.FromMinutes(7), Quotas = new SessionQuotas { Executions = 4 } },
            new SessionCeiling { MaxDuration = TimeSpan.FromMinutes(9) }).Select(ceiling => (Act)new Act.ChangePolicy(ceiling))),
        (1, Gen.Choose(-1, 1).Select(ticks => (Act)new Act.WaitUntilDue(ticks))),
        (3, Gen.Choose(0, 9).Zip(Gen.Choose(0, 4)).Select(both => (Act)new Act.EndChild(both.Item1, both.Item2 == 0))),
        (5, Gen.Elements<SessionStatus?>(null, null, SessionStatus.Creating, SessionStatus.Activating, SessionStatus.Closing)
            .Zip(Gen.Choose(0, 9)).Select(both => (Act)new Act.Provision(both.Item1, both.Item2 == 0))));

    public static readonly Gen<Script> Any =
        from stops in Gen.Elements(true, false)
        from expires in Gen.Frequency((3, Gen.Constant(true)), (1, Gen.Constant(false)))
        from idle in Gen.Elements((TimeSpan?)null, TimeSpan.FromSeconds(90))
        from provisioned in Gen.Elements(true, false)

            // Most lives are short, so that a counterexample is; some are long enough to forget their first answers.
        from length in Gen.Frequency((3, Gen.Constant(50)), (1, Gen.Constant(150)))
        from acts in Gen.ListOf(AnyAct, length)
        select new Script(
            new SessionOverrides
            {
                MaxDuration = TimeSpan.FromMinutes(10),
                Quotas = new SessionQuotas { Children = 8 },
                PauseClock = stops ? PauseClock.Stops : PauseClock.Runs,
                AutoExpire = expires,
                IdleTimeout = idle,
            },
            provisioned,
            [.. acts]);

    public override string ToString() => $"{Overrides} provisioned: {Provisioned}\n" + string.Join("\n", Acts);

    /// <summary>The commands that scripts draw from, legal or not, and some that never are.</summary>
    internal static class Commands
    {
        public const int Kinds = 29;

        public static SessionCommand Make(SessionVerb verb, Script script, DateTimeOffset now) => Make(
            verb switch
            {
                SessionVerb.Request => 0,
                SessionVerb.Create => 1,
                SessionVerb.Cancel => 6,
                SessionVerb.Activate => 7,
                SessionVerb.Pause => 9,
                SessionVerb.Resume => 12,
                SessionVerb.Renew => 15,
                SessionVerb.Adjust => 21,
                SessionVerb.OpenChild => 24,
                _ => Kinds - 1,
            },
            script,
            now);

        public static SessionCommand Make(int kind, Script script, DateTimeOffset now) => kind switch
        {
            0 => Given.Request(script.Overrides, template: script.Provisioned),
            1 or 2 => Given.Create(script.Overrides, script.Provisioned),
            3 => Given.Create(script.Overrides with { ExecutionLogging = true }, script.Provisioned),
            4 or 5 => Given.CreateReserved(),
            6 => Given.Cancel(),
            7 or 8 => Given.Activate(),
            9 or 10 or 11 => Given.Pause(),
            12 or 13 or 14 => Given.Resume(),
            15 => Given.RenewBy(TimeSpan.FromMinutes(1)),
            16 => Given.RenewUntil(now + TimeSpan.FromMinutes(15)),
            17 => Given.RenewUntil(now + TimeSpan.FromMinutes(2), allowShortening: true),
            18 => Given.RenewBy(TimeSpan.Zero),
            19 => Given.Activate() with { Reason = "a\0" },
            20 => Given.Pause() with { ExpectedVersion = 3 },
            21 => Given.Adjust(SessionPermissions.ExecuteFunctions, patterns: "math.*"),
            22 => Given.Adjust(quotas: new SessionQuotas { Children = 2 }, patterns: null),
            23 => Given.Adjust(patterns: null),
            24 => Given.OpenChild(new() { Quotas = new() { Children = 1 } }, SessionId.New()),
            25 => Given.OpenChild(new() { Quotas = new() { Children = 6 } }, SessionId.New()),
            26 => Given.OpenChild(child: SessionId.New()),
            27 => Given.OpenChild(new() { Quotas = new() { Children = 0 } }, Given.ChildId),
            _ => Given.Close(),
        };
    }
}
