namespace Sessions.TestKit;

/// <summary>How a private server runs.</summary>
public sealed record PostgresServerOptions
{
    /// <summary>
    /// Whether commits reach the disk. Off by default: a test stops servers, not machines, and what a server wrote survives its
    /// own crash either way. Turn it on to measure.
    /// </summary>
    public bool Durable { get; init; }

    /// <summary>Connections that the server admits. Default 200.</summary>
    public int MaxConnections { get; init; } = 200;
}
