using System.Collections.Concurrent;
using System.Diagnostics;
using Sessions.Client;

namespace Sessions.Cluster.Tests;

/// <summary>What is refused for a limit had reached it: several holders together use exactly what one could.</summary>
[Collection(LiveGroup.Name)]
public sealed class TrueRefusalTests(LiveFixture live)
{
    private static readonly FunctionName Score = FunctionName.Parse("score");

    /// <summary>How many admissions each test tries; more where a machine has the time.</summary>
    private static readonly int Tries = int.TryParse(Environment.GetEnvironmentVariable("SESSIONS_ADMISSIONS"), out var tries) ? tries : 1_000;

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(100)]
    public async Task Places_HoldersTakeTurns_AreAllUsed(int places)
    {
        var holders = await HoldersOf(new() { Concurrent = places });
        var (running, random) = (new List<Func<Task>>(), new Random(places));
        for (var tried = 0; tried < Tries;)
        {
            // Up to the limit and a little down again, and now and then far down.
            var ends = random.Next(100) switch { 0 => running.Count / 2, < 40 => Math.Min(1, running.Count), _ => 0 };
            for (; ends > 0; ends--)
            {
                var at = random.Next(running.Count);
                await running[at]();
                running.RemoveAt(at);
            }

            tried++;
            var (by, isFull) = (holders[random.Next(holders.Length)], running.Count == places);
            if (random.Next(10) == 0)
            {
                // It may say that there is room that a holder has filled since it was heard of last; never that there is none while there is some.
                Assert.True(isFull || (await by.Session.AuthorizeAsync(Score)).IsAdmitted);
                continue;
            }

            var (end, refusal) = await by.TryBeginAsync();
            Assert.True(isFull == (end is null), $"{running.Count} of {places} ran, and it was {refusal?.Message ?? "admitted"}");
            if (end is not null)
            {
                running.Add(end);
            }
            else
            {
                Assert.Equal(("concurrent", (long?)places), (refusal!.Dimension, refusal.Limit));
            }
        }

        foreach (var end in running)
        {
            await end();
        }
    }

    [Fact]
    public async Task Executions_HoldersTakeTurns_AreAllUsed()
    {
        var holders = await HoldersOf(new() { Executions = Tries });
        var random = new Random(4711);
        for (var tried = 0; tried < Tries; tried++)
        {
            var begun = await holders[random.Next(holders.Length)].TryBeginAsync();
            Assert.True(begun.End is not null, $"refused after {tried}: {begun.Refusal?.Message}");
            await begun.End();
        }

        foreach (var holder in holders)
        {
            Assert.Equal("executions", (await holder.TryBeginAsync()).Refusal?.Dimension);
            Assert.Equal("executions", (await holder.Session.AuthorizeAsync(Score)).Refusal?.Dimension);
        }
    }

    [Fact]
    public async Task Places_HoldersHurry_WhatIsRefusedHadReachedTheLimit()
    {
        const int Places = 10;
        var holders = await HoldersOf(new() { Concurrent = Places });
        var (ran, refused) = (new ConcurrentBag<(long From, long To)>(), new ConcurrentBag<(long From, long To)>());
        var tried = 0;
        await Task.WhenAll(holders.SelectMany(static holder => Enumerable.Repeat(holder, 5)).Select(async (holder, n) =>
        {
            var random = new Random(n);
            while (Interlocked.Increment(ref tried) <= Tries)
            {
                var from = Stopwatch.GetTimestamp();
                var begun = await holder.TryBeginAsync();
                if (begun.End is { } end)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(random.Next(3)), TimeProvider.System);
                    await end();
                    ran.Add((from, Stopwatch.GetTimestamp()));
                }
                else
                {
                    Assert.Equal("concurrent", begun.Refusal!.Dimension);
                    refused.Add((from, Stopwatch.GetTimestamp()));
                }
            }
        }));

        var (begins, ends) = (ran.Select(static one => one.From).Order().ToArray(), ran.Select(static one => one.To).Order().ToArray());
        foreach (var (from, to) in refused)
        {
            var ranMeanwhile = CountUntil(begins, to) - CountUntil(ends, from);
            Assert.True(ranMeanwhile >= Places, $"refused although only {ranMeanwhile} ran between question and answer");
        }

        static int CountUntil(long[] moments, long moment)
        {
            var at = Array.BinarySearch(moments, moment);
            return at >= 0 ? at : ~at;
        }
    }

    private async Task<Holder[]> HoldersOf(SessionQuotas quotas)
    {
        var session = await live.ActivateAsync(new() { Quotas = quotas });
        return
        [
            new(session, IsStrict: false),
            new(live.At(Seat.First).Get(session.Id), IsStrict: false),
            new(live.At(Seat.Second).Get(session.Id), IsStrict: false),
            new(session, IsStrict: true),
        ];
    }

    /// <summary>Somebody who begins executions.</summary>
    private sealed record Holder(SessionHandle Session, bool IsStrict)
    {
        public async Task<(Func<Task>? End, QuotaExceededException? Refusal)> TryBeginAsync()
        {
            try
            {
                return (IsStrict ? await BeginStrictlyAsync() : await BeginAsync(), null);
            }
            catch (QuotaExceededException refusal)
            {
                return (null, refusal);
            }
        }

        private async Task<Func<Task>> BeginAsync()
        {
            var execution = await Session.AdmitAsync(Score);
            return () =>
            {
                execution.Settle();
                return Task.CompletedTask;
            };
        }

        private async Task<Func<Task>> BeginStrictlyAsync()
        {
            var (begun, done) = (new TaskCompletionSource(), new TaskCompletionSource());
            var running = Session.ExecuteAsync(
                Score,
                async _ =>
                {
                    begun.SetResult();
                    await done.Task;
                },
                new() { Strict = true }).AsTask();
            await await Task.WhenAny(running, begun.Task);

            // The session has to know of the end before the next step.
            return () =>
            {
                done.SetResult();
                return running;
            };
        }
    }
}
