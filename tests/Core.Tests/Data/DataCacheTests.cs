using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Sessions.Core.Data;
using Sessions.Core.Tests.Admission.Simulation;
using Sessions.Core.Tests.Histories;

namespace Sessions.Core.Tests.Data;

public class DataCacheTests
{
    private const int Capacity = 1024;
    private static readonly DataKey[] Keys = [.. "abc".Select(c => DataKey.Parse($"{c}"))];

    /// <summary>A store, its cache and what is on the way from one to the other, moved by numbers.</summary>
    private sealed class World(bool follows = true)
    {
        private readonly List<ImmutableDictionary<DataKey, DataValue>> states = [ImmutableDictionary<DataKey, DataValue>.Empty];
        private readonly List<Action> underWay = [];

        public DataCache Cache { get; } = new(Capacity);

        public string? Fault { get; private set; }

        private long Newest => states.Count - 1;

        public void Step(int what, int which)
        {
            var key = Keys[which % Keys.Length];
            switch (what)
            {
                case 0:
                    // Another activation writes; this one hears nothing of it.
                    Put(key);
                    break;
                case 1:
                    var write = new DataWrite(CommandId.New(), key, Put(key), null);
                    var change = new DataChange(DataOutcome.Written, Newest, Newest, 0, 0, SessionStatus.Active);
                    var next = Cache.Version + 1;
                    underWay.Add(() => Cache.OnWritten(write, follows ? change : change with { Version = next, DataVersion = next }));
                    break;
                case 2:
                    var reading = new DataReading(Newest, states[^1].GetValueOrDefault(key));
                    underWay.Add(() => Cache.OnRead(key, reading));
                    break;
                case 3:
                    var refused = new DataChange(DataOutcome.Conflict, 0, Newest, 0, 0, SessionStatus.Active);
                    underWay.Add(() => Cache.OnWritten(new(CommandId.New(), key, [1], 9), refused));
                    break;
                default:
                    if (underWay.Count > 0)
                    {
                        // Answers arrive in any order.
                        var first = which % underWay.Count;
                        underWay[first]();
                        underWay.RemoveAt(first);
                    }

                    break;
            }

            foreach (var one in Keys)
            {
                var stored = states[(int)Cache.Version].GetValueOrDefault(one)?.Version;
                if (Cache.TryGet(one, Cache.Version, out var held) && held?.Version != stored)
                {
                    Fault = $"As of {Cache.Version} '{one}' is at {held?.Version} here, and in the store at {stored}.";
                }
            }
        }

        private ImmutableArray<byte> Put(DataKey key)
        {
            ImmutableArray<byte> value = [(byte)states.Count];
            states.Add(states[^1].SetItem(key, new DataValue { Key = key, Version = states.Count, Value = value }));
            return value;
        }
    }

    private static readonly Gen<List<(int What, int Which)>> AnySteps =
        Gen.Choose(0, 6).Zip(Gen.Choose(0, 100)).ListOf(60).Select(steps => steps.ToList());

    [Fact]
    public void AnyReadsAndWrites_AnsweredInAnyOrder_LeaveOnlyWhatWasTrueAtTheVersionThatIsNamed() =>
        Prop.ForAll(AnySteps.ToArbitrary(), steps => FaultAfter(new World(), steps) is null).QuickCheckThrowOnFailure();

    [Fact]
    public void CacheThatMissesWhatOthersWrote_Played_IsFound() =>
        Assert.Contains(AnySteps.Sample(200), steps => FaultAfter(new World(follows: false), steps) is not null);

    [Fact]
    public void Value_ThatIsOlderThanWasSeen_IsNotShown()
    {
        var cache = new DataCache(Capacity);
        cache.OnRead(Keys[0], new DataReading(3, null));

        Assert.True(cache.TryGet(Keys[0], 3, out var none));
        Assert.Null(none);
        Assert.False(cache.TryGet(Keys[0], 4, out _));
        Assert.False(cache.TryGet(Keys[1], 0, out _));
    }

    [Fact]
    public void Values_BeyondTheCapacity_PushOutThoseUsedLeastLately()
    {
        var cache = new DataCache(Capacity);
        foreach (var key in Keys[..2])
        {
            cache.OnRead(key, new DataReading(1, new DataValue { Key = key, Version = 1, Value = [.. new byte[300]] }));
        }

        Assert.True(cache.TryGet(Keys[0], 1, out _));
        cache.OnRead(Keys[2], new DataReading(1, new DataValue { Key = Keys[2], Version = 1, Value = [.. new byte[300]] }));

        Assert.Equal([true, false, true], Keys.Select(key => cache.TryGet(key, 1, out _)));
        cache.OnRead(Keys[1], new DataReading(1, new DataValue { Key = Keys[1], Version = 1, Value = [.. new byte[Capacity]] }));
        Assert.DoesNotContain(Keys, key => cache.TryGet(key, 1, out _));
    }

    private static string? FaultAfter(World world, IEnumerable<(int What, int Which)> steps)
    {
        foreach (var (what, which) in steps)
        {
            world.Step(what, which);
        }

        return world.Fault;
    }
}
