namespace Sessions.Benchmarks;

/// <summary>The load generators, by name: what would spoil the figure in the process of the runner, or of the node.</summary>
internal static class Loads
{
    /// <summary><see cref="GatewayCallsLoad"/>, with the gateway as its argument.</summary>
    public const string GatewayCalls = "gateway-calls";

    public static IWorker Make(string name, string[] arguments) => (name, arguments) switch
    {
        (GatewayCalls, [var gateway]) => new GatewayCallsLoad(gateway),
        _ => throw new ArgumentException($"There is no load '{name}' with {arguments.Length} arguments."),
    };
}
