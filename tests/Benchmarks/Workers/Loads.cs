using Sessions.Benchmarks.Calls;
using Sessions.Benchmarks.Creations;
using Sessions.Benchmarks.Data;
using Sessions.Benchmarks.Events;
using Sessions.Benchmarks.Executions;
using Sessions.Benchmarks.Idle;
using Sessions.Benchmarks.Reads;
using Sessions.Benchmarks.Search;
using Sessions.Benchmarks.Time;

namespace Sessions.Benchmarks.Workers;

/// <summary>The load generators, by name: what would spoil the figure in the process of the runner, or of the node.</summary>
internal static class Loads
{
    /// <summary><see cref="GatewayCallsLoad"/>, with the gateway as its argument.</summary>
    public const string GatewayCalls = "gateway-calls";

    /// <summary><see cref="LocalAdmissionLoad"/>, likewise.</summary>
    public const string LocalAdmission = "local-admission";

    /// <summary><see cref="ExecuteLoad"/>, likewise.</summary>
    public const string LeasedExecute = "leased-execute";

    /// <inheritdoc cref="LeasedExecute"/>
    public const string StrictExecute = "strict-execute";

    /// <summary><see cref="FenceLoad"/>, likewise, and with a session to hold a lease of where that is all it is for.</summary>
    public const string Fence = "fence";

    /// <summary><see cref="CrossReadLoad"/>, with the gateway as its argument.</summary>
    public const string CrossRead = "cross-read";

    /// <summary><see cref="FreshReadsLoad"/>, likewise.</summary>
    public const string FreshReads = "fresh-reads";

    /// <summary><see cref="CreationLoad"/>, likewise.</summary>
    public const string Creation = "creation";

    /// <summary><see cref="StoreCreationLoad.OnPostgres"/>, with the database as its argument.</summary>
    public const string StoreCreation = "store-creation";

    /// <summary><see cref="StoreCreationLoad.OnSqlite"/>, with the file as its argument.</summary>
    public const string SqliteCreation = "sqlite-creation";

    /// <summary><see cref="ColdReadLoad"/>, with the gateway as its argument.</summary>
    public const string ColdRead = "cold-read";

    /// <summary><see cref="ListLoad"/>, likewise.</summary>
    public const string Lists = "lists";

    /// <summary><see cref="PacedEventLoad"/>, likewise.</summary>
    public const string PacedEvents = "paced-events";

    /// <summary><see cref="PacedCallsLoad"/>, likewise.</summary>
    public const string PacedCalls = "paced-calls";

    /// <summary><see cref="EventSubscriberLoad"/>, likewise.</summary>
    public const string EventSubscriber = "event-subscriber";

    public static IWorker Make(string name, string[] arguments) => (name, arguments) switch
    {
        (GatewayCalls, [var gateway]) => new GatewayCallsLoad(gateway),
        (LocalAdmission, [var gateway]) => new LocalAdmissionLoad(gateway),
        (LeasedExecute, [var gateway]) => new ExecuteLoad(gateway, strict: false),
        (StrictExecute, [var gateway]) => new ExecuteLoad(gateway, strict: true),
        (CrossRead, [var gateway]) => new CrossReadLoad(gateway),
        (FreshReads, [var gateway]) => new FreshReadsLoad(gateway),
        (Fence, [var gateway]) => new FenceLoad(gateway, null),
        (Fence, [var gateway, var session]) => new FenceLoad(gateway, session),
        (Creation, [var gateway]) => new CreationLoad(gateway),
        (StoreCreation, [var database]) => StoreCreationLoad.OnPostgres(database),
        (SqliteCreation, [var file]) => StoreCreationLoad.OnSqlite(file),
        (ColdRead, [var gateway]) => new ColdReadLoad(gateway),
        (Lists, [var gateway]) => new ListLoad(gateway),
        (PacedEvents, [var gateway]) => new PacedEventLoad(gateway),
        (PacedCalls, [var gateway]) => new PacedCallsLoad(gateway),
        (EventSubscriber, [var gateway]) => new EventSubscriberLoad(gateway),
        _ => throw new ArgumentException($"There is no load '{name}' with {arguments.Length} arguments."),
    };
}
