namespace Sessions.Grains.Storage;

/// <summary>
/// The ports of one store. All of them read and write the same data. A store that holds connections derives from this and implements
/// <see cref="IAsyncDisposable"/>; the silo disposes of it when it has stopped.
/// </summary>
/// <param name="Sessions">Sessions, their events and their executions.</param>
/// <param name="Due">Sessions that are due.</param>
/// <param name="Log">The events of all sessions as one sequence.</param>
/// <param name="Search">Lists and counts.</param>
/// <param name="Data">The data of sessions.</param>
/// <param name="Policies">Policies and the counters of live sessions.</param>
/// <param name="Operations">Operations over many sessions.</param>
internal record SessionStorage(
    ISessionStore Sessions,
    IDueSessions Due,
    IEventLog Log,
    ISessionSearch Search,
    ISessionDataStore Data,
    IPolicyStore Policies,
    IOperationStore Operations);
