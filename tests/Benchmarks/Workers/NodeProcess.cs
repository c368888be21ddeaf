using System.Globalization;
using Sessions.TestKit;

namespace Sessions.Benchmarks.Workers;

/// <summary>A node with the grains of this program, in a process of its own.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private NodeProcess(WorkerProcess worker, string gateway) => (Worker, Gateway) = (worker, gateway);

    /// <summary>Its turns are those of <see cref="NodeWorker"/>.</summary>
    public WorkerProcess Worker { get; }

    /// <summary>Where clients connect.</summary>
    public string Gateway { get; }

    /// <param name="connectionString">Its database; null for memory.</param>
    /// <param name="events">Whether it logs and publishes events, as the real one does.</param>
    /// <param name="looks">Whether it proves again and again that what it answers is current, as the real one does.</param>
    public static async Task<NodeProcess> StartAsync(string? connectionString, bool events = true, bool looks = true)
    {
        var ports = Array.ConvertAll(LoopbackPorts.Free(2), port => port.ToString(CultureInfo.InvariantCulture));
        var environment = new Dictionary<string, string>
        {
            ["ConnectionStrings__" + NodeWorker.ConnectionStringName] = connectionString ?? "",

            // As the real node has it.
            ["DOTNET_gcServer"] = "1",
            [NodeWorker.WithoutEvents] = events ? "" : "yes",
            [NodeWorker.WithoutLooks] = looks ? "" : "yes",
        };
        return new NodeProcess(await WorkerProcess.StartAsync(["--node", .. ports], environment), "127.0.0.1:" + ports[1]);
    }

    public ValueTask DisposeAsync() => Worker.DisposeAsync();
}
