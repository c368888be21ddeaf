using Sessions.Core.Tests.Histories;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Admission.Simulation;

/// <summary>Plays one seed: first everything goes wrong that may, then it is quiet and those who live ask for what is left.</summary>
internal sealed class Run
{
    private static readonly TimeSpan Turmoil = TimeSpan.FromSeconds(12);

    private readonly World world;
    private readonly Scenario scenario;
    private readonly Build build;
    private readonly Row row;
    private readonly Network network;
    private readonly Routes routes;
    private readonly List<SimulatedActivation> activations = [];
    private readonly List<Holder> holders = [];
    private readonly List<StrictCaller> callers = [];
    private readonly Operator @operator;
    private bool isQuiet;

    private Run(int seed, Build build)
    {
        world = new World(seed);
        this.build = build;
        scenario = Scenario.Of(world);
        network = new Network(world, build);
        var record = Given.SessionIn(
            SessionStatus.Active, provisioned: false, new() { Quotas = scenario.Quotas, MaxDuration = scenario.Duration });
        row = build.ForgetsDebits ? new ForgetfulRow(world, record) : new Row(world, record);
        world.History.OnCommitted(0, "the beginning", record);
        for (var i = 0; i < scenario.Activations; i++)
        {
            activations.Add(new SimulatedActivation(world, $"activation {i}", row, network, build));
        }

        routes = new Routes(activations);
        for (var i = 0; i < scenario.Holders; i++)
        {
            holders.Add(new Holder(world, $"holder {i}", routes, network, build));
        }

        for (var i = 0; i < scenario.StrictCallers; i++)
        {
            callers.Add(new StrictCaller(world, $"caller {i}", routes, network, build));
        }

        world.History.OnlyActivationsWentAway = scenario.OnlyActivationsGoAway;
        world.History.IsUndisturbed = scenario is { Activations: 1, NetworkFails: false, ProcessesHang: false, ProcessesDie: false, ActivationsStop: false };
        @operator = new Operator(world, routes, network, row);
    }

    private IEnumerable<Process> Clients => [.. holders, .. callers, @operator];

    public static History Play(int seed, Build build)
    {
        var run = new Run(seed, build);
        run.Begin();
        run.world.RunUntil(Turmoil.Ticks);
        run.CalmDown();
        run.AskForTheRest();
        return run.Conclude();
    }

    private void Begin()
    {
        foreach (var activation in activations)
        {
            activation.Start();
        }

        foreach (var holder in holders)
        {
            holder.Habit = world.Chance(0.15) ? Habit.Persists : Habit.Random;
            holder.Start();
        }

        foreach (var caller in callers)
        {
            caller.Start();
        }

        if (scenario.NetworkFails)
        {
            (network.Loss, network.Duplication, network.Slowness, row.Slowness) = (build.Loss, 0.03, 0.06, 0.02);
        }

        Sweep();
        Disturb();
        Command();
    }

    private void Command() => world.After(world.Between(200, 2500), () =>
    {
        if (!isQuiet && scenario.HasCommands)
        {
            @operator.SendAny();
            Command();
        }
    });

    private void Sweep() => world.After(world.Between(400, 600), () =>
    {
        var to = world.Any(activations);
        network.Call(@operator, to, to.Wake, TimeSpan.FromSeconds(20));
        Sweep();
    });

    private void Disturb() => world.After(world.Between(100, 1500), () =>
    {
        if (isQuiet)
        {
            return;
        }

        switch (world.Random.Next(11))
        {
            case < 4 when scenario.ProcessesHang:
                var hanging = world.Chance(0.5) ? world.Any(activations) : world.Any<Process>([.. holders, .. callers]);
                hanging.Suspend();
                world.After(world.Chance(0.5) ? world.Between(20, 400) : world.Between(500, 4000), hanging.Continue);
                break;
            case 4 when scenario.ProcessesDie && !scenario.OnlyActivationsGoAway:
                world.Any<Process>([.. holders, .. callers]).Kill();
                break;
            case 5 when scenario.ProcessesDie:
                var crashed = world.Any(activations);
                crashed.Kill();
                world.After(world.Between(20, 2000), crashed.Restart);
                break;
            case 6 when scenario.NetworkFails:
                var lonely = world.Any<Process>([.. holders, .. callers]);
                lonely.CutOff(true);
                world.After(world.Between(300, 4000), () => lonely.CutOff(false));
                break;
            case 9 or 10 when scenario.ActivationsStop:
                var stopping = world.Any(activations);
                if (!stopping.IsDead)
                {
                    stopping.Stop().Then(() => world.After(world.Between(20, 1000), stopping.Restart));
                }

                break;
            case 7:
                routes.Stray(world.Any<Process>([.. Clients]), world.Any(activations));
                break;
            case 8:
                routes.Settle(world.Any(activations));
                break;
        }

        Disturb();
    });

    private void CalmDown()
    {
        isQuiet = true;
        (network.Loss, network.Duplication, network.Slowness, row.Slowness) = (0, 0, 0, 0);
        foreach (var process in Clients.Concat(activations))
        {
            process.Continue();
        }

        foreach (var activation in activations)
        {
            activation.Restart();
        }

        routes.Settle(activations[0]);
        foreach (var caller in callers)
        {
            caller.Rests = true;
        }

        world.History.Note(world.Now, "everything is calm");
    }

    private void AskForTheRest()
    {
        // Commands that are on their way arrive, and have their turn.
        Wait(TimeSpan.FromSeconds(4));
        for (var i = 0; i < 60 && activations.Any(activation => activation.IsBusy); i++)
        {
            Wait(TimeSpan.FromMilliseconds(500));
        }

        @operator.OpenUp(build);
        for (var i = 0; i < 60 && !@operator.HasOpened; i++)
        {
            Wait(TimeSpan.FromMilliseconds(500));
        }

        var living = holders.Where(holder => !holder.IsDead).ToList();
        if (!@operator.HasOpened || living.Count == 0)
        {
            return;
        }

        foreach (var holder in living)
        {
            holder.Habit = Habit.Random;
        }

        Wait(TimeSpan.FromMilliseconds(100));
        foreach (var holder in living)
        {
            holder.Habit = Habit.Hoards;
        }

        foreach (var holder in living.Take(1 + world.Random.Next(living.Count)))
        {
            holder.Habit = Habit.Persists;
        }

        var limit = row.Record.Configuration.Quotas.Executions;
        for (var i = 0; i < 40 && activations[0].Live.Usage.ChargedExecutions < limit; i++)
        {
            Wait(TimeSpan.FromMilliseconds(500));
        }

        world.History.WasAskedToTheEnd = true;
    }

    private History Conclude()
    {
        foreach (var holder in holders)
        {
            holder.Habit = Habit.Rests;
        }

        Wait((build.Timings.Lease * 2) + build.Timings.Takeover + build.Timings.RunGrace);
        var history = world.History;
        history.End = world.Now;

        // As told by the activation that knows the row; the other one may be long behind.
        var usage = (activations.FirstOrDefault(one => one.Record.Version == row.Record.Version)?.Live ?? row.Record).Usage;
        (history.FinalExecutions, history.FinalBegun) = (usage.ChargedExecutions, usage.Executions);
        foreach (var command in history.Commands)
        {
            command.GiveUp();
        }

        return history;
    }

    private void Wait(TimeSpan time) => world.RunUntil(world.Now + time.Ticks);
}
