using System.Collections.Concurrent;
using System.Threading.Channels;
using Sessions.Grains.Hosting;

namespace Sessions.Client.Tests;

public class SlotTests
{
    [Fact]
    public async Task Threads_that_come_and_go_Leave_their_slots_to_others_and_nothing_empty()
    {
        for (var round = 0; round < 20; round++)
        {
            for (var i = 0; i < 8; i++)
            {
                var taken = i * 20;
                await Task.Factory.StartNew(
                    () =>
                    {
                        var slots = Enumerable.Range(0, taken).Select(_ => ExecutionSlots.Rent()).ToArray();
                        Assert.Equal(slots.Length, slots.Distinct().Count());
                        Array.ForEach(slots, ExecutionSlots.Return);
                    },
                    CancellationToken.None,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default);
            }

            // What a thread leaves is handed on when its list is collected.
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    [Fact]
    public async Task Taken_here_and_returned_there_No_slot_is_with_two()
    {
        var outstanding = new ConcurrentDictionary<ExecutionSlot, bool>();
        var passing = Channel.CreateBounded<ExecutionSlot>(300);
        var returned = Task.Run(async () =>
        {
            await foreach (var slot in passing.Reader.ReadAllAsync())
            {
                Assert.True(outstanding.TryRemove(slot, out _));
                ExecutionSlots.Return(slot);
            }
        });
        for (var i = 0; i < 20_000; i++)
        {
            var slot = ExecutionSlots.Rent();
            Assert.True(outstanding.TryAdd(slot, true));
            await passing.Writer.WriteAsync(slot);
        }

        passing.Writer.Complete();
        await returned;
    }
}
