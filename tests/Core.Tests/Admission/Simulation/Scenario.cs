using Sessions.Core.Tests.Histories;

namespace Sessions.Core.Tests.Admission.Simulation;

/// <summary>What a run is made of. All of it follows from the seed.</summary>
internal sealed record Scenario
{
    public int Holders { get; private init; }

    public int StrictCallers { get; private init; }

    /// <summary>With two, either may be the stale one.</summary>
    public int Activations { get; private init; }

    public SessionQuotas Quotas { get; private init; } = SessionQuotas.Unlimited;

    public TimeSpan Duration { get; private init; }

    /// <summary>Whether messages get lost, come twice or late, and writes too.</summary>
    public bool NetworkFails { get; private init; }

    /// <summary>Whether processes stand still for a while.</summary>
    public bool ProcessesHang { get; private init; }

    /// <summary>Whether processes die.</summary>
    public bool ProcessesDie { get; private init; }

    /// <summary>Whether activations let go of what they have granted, and stop.</summary>
    public bool ActivationsStop { get; private init; }

    /// <summary>Whether nothing goes wrong but that activations go away and come back, by a crash or a stop.</summary>
    public bool OnlyActivationsGoAway { get; private init; }

    public bool HasCommands { get; private init; }

    public static Scenario Of(World world)
    {
        var random = world.Random;
        var scenario = Troubled(world, random);
        return world.Chance(0.9)
            ? world.Chance(0.8) ? scenario : scenario with
            {
                NetworkFails = false,
                ProcessesHang = false,
                ProcessesDie = true,
                ActivationsStop = true,
                OnlyActivationsGoAway = true,

                // Two that take the accounts over from each other all the time would know nobody.
                Activations = 1,
                StrictCallers = world.Chance(0.7) ? 0 : scenario.StrictCallers,
            }
            : scenario with { Activations = 1, NetworkFails = false, ProcessesHang = false, ProcessesDie = false, ActivationsStop = false };
    }

    private static Scenario Troubled(World world, Random random)
    {
        return new()
        {
            Holders = 3 + random.Next(6),
            StrictCallers = random.Next(5),
            Activations = world.Chance(0.35) ? 1 : 2,
            Quotas = AnyQuotas(world),
            Duration = world.Chance(0.2) ? world.Between(4000, 14000) : TimeSpan.FromHours(1),
            NetworkFails = world.Chance(0.7),
            ProcessesHang = world.Chance(0.7),
            ProcessesDie = world.Chance(0.5),
            ActivationsStop = world.Chance(0.5),
            HasCommands = world.Chance(0.9),
        };
    }

    public static SessionQuotas AnyQuotas(World world) => new()
    {
        Executions = world.Chance(0.8) ? world.Random.Next(20, 600) : null,
        Concurrent = world.Chance(0.7) ? world.Random.Next(1, 16) : null,
        PerSecond = world.Chance(0.6) ? world.Random.Next(1, 60) : null,
        ComputeTime = world.Chance(0.4) ? world.Between(500, 20_000) : null,
    };
}
