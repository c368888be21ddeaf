using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using Sessions.Core;
using Sessions.Storage.Memory;
using Sessions.TestKit;
using Xunit;

namespace Sessions.Storage.Tests;

/// <summary>The store as a session grain sees it.</summary>
public sealed class SessionGrainStorageTests
{
    private readonly MemorySessionStore store = new();

    [Fact]
    public async Task DocumentWithEventsAndExecutions_Written_IsAllInTheStore()
    {
        var created = SessionRecords.Create();
        var activated = SessionRecords.Next(created.Record, new ActivateSession { Actor = Principal.Parse("alice") });
        var logged = SessionRecords.Log(created.Record, 3);
        await WriteAsync(new SessionDocument { Record = created.Record, Events = created.Events });

        await WriteAsync(new SessionDocument
        {
            Record = activated.Record with { LastExecution = 3 },
            Events = activated.Events,
            Executions = logged.Executions,
        });

        var id = created.Record.Id;
        Assert.Equal(activated.Record.Version, (await store.ReadAsync(id, default))!.Version);
        Assert.Equal(activated.Events.AsEnumerable(), (await store.ReadEventsAsync(id, 1, 10, default)).AsEnumerable());
        Assert.Equal(logged.Executions.AsEnumerable(), (await store.ReadExecutionsAsync(id, 0, 10, default)).AsEnumerable());
    }

    [Fact]
    public async Task StaleDocument_Written_IsInconsistent()
    {
        var created = SessionRecords.Create();
        await WriteAsync(new SessionDocument { Record = created.Record, Events = created.Events });

        await Assert.ThrowsAsync<InconsistentStateException>(
            () => WriteAsync(new SessionDocument { Record = created.Record, Events = created.Events }));
    }

    private Task WriteAsync(SessionDocument document) => new SessionGrainStorage(store).WriteStateAsync(
        "state", GrainId.Create("session", document.Record!.Id.ToString()), new GrainState<SessionDocument>(document));
}
