using Sessions.Core.Tests.Histories;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Admission.Simulation;

/// <summary>Whoever commands the session.</summary>
internal sealed class Operator(World world, Routes routes, Network network, Row row) : Process(world, "operator")
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Whether the session is open for everybody again.</summary>
    public bool HasOpened { get; private set; }

    public void SendAny()
    {
        var (quotas, now) = (row.Record.Configuration.Quotas, Wall);
        SessionCommand command = World.Random.Next(24) switch
        {
            < 4 => Given.Pause(),
            < 10 when row.Record.Status == SessionStatus.Paused => Given.Resume(),
            < 6 => Adjust(quotas with { Executions = quotas.Executions is { } most ? Some(most) : null }),
            < 8 => Adjust(quotas with { Concurrent = quotas.Concurrent is { } most ? Some(most) : null }),
            < 10 => Adjust(quotas with { PerSecond = quotas.PerSecond is { } most ? Some(most) : null }),
            < 12 => Adjust(Scenario.AnyQuotas(World)),
            < 14 => new AdjustSession { Actor = Given.Alice, Permissions = SessionPermissions.ComposeFunctions },
            < 17 => new AdjustSession { Actor = Given.Alice, Permissions = SessionPermissions.ExecuteFunctions },
            < 18 => new AdjustSession { Actor = Given.Alice, FunctionPatterns = ["math.*"] },
            < 20 => new AdjustSession { Actor = Given.Alice, FunctionPatterns = [] },
            < 21 => Given.RenewBy(TimeSpan.FromSeconds(5)),
            < 23 => Given.RenewUntil(now + World.Between(500, 8000), allowShortening: true),
            _ => World.Chance(0.3) ? Given.Close() : Given.Resume(),
        };
        Send(command);
    }

    /// <summary>Makes the session fit to admit everything up to a limit not far away, however long that takes.</summary>
    public void OpenUp(Build build) => _ = OpenUpAsync(build);

    private async Flow<Nothing> OpenUpAsync(Build build)
    {
        while (!Lifecycle.IsFinal(row.Record.Status))
        {
            // What was under way finds its end first.
            await Sleep(build.Timings.Lease);
            if (row.Record.Status == SessionStatus.Paused)
            {
                await Send(Given.Resume());
            }

            var used = routes.For(this).Live.Usage.Executions;
            if (await Send(Given.RenewBy(TimeSpan.FromHours(1))) is { Refusal: null }
                && await Send(new AdjustSession
                {
                    Actor = Given.Alice,
                    Permissions = SessionPermissions.ExecuteFunctions,
                    FunctionPatterns = [],
                    Quotas = new()
                    {
                        Executions = used + World.Random.Next(20, 60),
                        Concurrent = World.Chance(0.5) ? World.Random.Next(3, 9) : null,
                        PerSecond = World.Chance(0.3) ? World.Random.Next(20, 50) : null,
                    },
                }) is { Refusal: null }
                && row.Record.Status == SessionStatus.Active)
            {
                HasOpened = true;
                return default;
            }
        }

        return default;
    }

    private Flow<CommandReply?> Send(SessionCommand command)
    {
        var to = routes.For(this);
        return network.Call(this, to, () => to.Execute(command), Patience);
    }

    private long Some(long most) => Math.Max(1, (long)(most * (0.4 + (World.Random.NextDouble() * 1.2))));

    private static AdjustSession Adjust(SessionQuotas quotas) => new() { Actor = Given.Alice, Quotas = quotas };
}
