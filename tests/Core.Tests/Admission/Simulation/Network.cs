using Sessions.Core.Tests.Histories;
using Sessions.Core.Tests.Support;

namespace Sessions.Core.Tests.Admission.Simulation;

/// <summary>Carries calls, late, twice, in any order, or not at all.</summary>
internal sealed class Network(World world, Build build)
{
    /// <summary>How likely a message is lost.</summary>
    public double Loss { get; set; }

    /// <summary>How likely a message comes twice.</summary>
    public double Duplication { get; set; }

    /// <summary>How likely a message takes long enough for leases to end meanwhile.</summary>
    public double Slowness { get; set; }

    /// <summary>Calls another process.</summary>
    /// <returns>The answer; null if none came in time, or the other failed.</returns>
    public Flow<T?> Call<T>(Process from, Process to, Func<Flow<T>> handle, TimeSpan patience)
        where T : class
    {
        var answer = new Flow<T?>();
        from.After(patience, () => answer.Succeed(null));
        Flow<T>? handled = null;

        // An answer for a process that was restarted meanwhile comes to nobody.
        var receive = from.InThisLife(() => answer.Succeed(handled!.HasFailed ? null : handled.Result));
        Send(from, to, () =>
        {
            var handling = handle();
            handling.Then(() =>
            {
                handled ??= handling;
                Send(to, from, receive);
            });
        });
        return answer;
    }

    private void Send(Process from, Process to, Action action)
    {
        if (from.IsCutOff || to.IsCutOff || world.Chance(Loss))
        {
            return;
        }

        var copies = world.Chance(Duplication) ? 2 : 1;
        for (var i = 0; i < copies; i++)
        {
            // A process that was restarted meanwhile does not get what was sent to the one before.
            var deliver = to.InThisLife(action);
            world.After(world.Chance(Slowness) ? world.Between(100, 3000) : world.Between(0.2, build.Latency.TotalMilliseconds), deliver);
        }
    }
}
