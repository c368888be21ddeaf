using System.Collections.Concurrent;
using Sessions.Client;
using Sessions.Core;
using Sessions.Grains.Storage;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>Thousands of sessions of every kind that a sweep meets, which end within a few seconds.</summary>
/// <param name="store">Where they are written.</param>
/// <param name="client">For those that need their grains.</param>
internal sealed class DueCrowd(ISessionStore store, SessionsClient client)
{
    /// <summary>The template whose sessions have a place outside that has to be torn down.</summary>
    public const string Provisioned = "provisioned";

    private const int Writers = 256;
    private const int Callers = 8;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Spread = TimeSpan.FromSeconds(4);
    private static readonly string[] Namespaces = ["acme/crowd", "acme/crowd", "acme/crowd", "acme/crowd/inner", "acme/eval", "acme/prod"];
    private static readonly FunctionName Function = FunctionName.Parse("count");

    private readonly ConcurrentBag<SessionId> sessions = [];
    private readonly ConcurrentDictionary<SessionId, DateTimeOffset> ends = [];
    private readonly ConcurrentBag<SessionHandle> held = [];
    private readonly ConcurrentBag<Task> executions = [];
    private readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>All of them.</summary>
    public IReadOnlyCollection<SessionId> Sessions => sessions;

    /// <summary>When the first of them end. Set when those are made that have to be there by then.</summary>
    public DateTimeOffset FirstEnd { get; set; }

    /// <summary>When each of those ends that were written or renewed here, before anybody else renews it.</summary>
    public IReadOnlyDictionary<SessionId, DateTimeOffset> Ends => ends;

    /// <summary>Makes sessions that cannot be ended without their grains, and some with data, <paramref name="each"/> of every kind.</summary>
    public Task HoldAsync(int each) => Parallel.ForEachAsync(
        Enumerable.Range(0, each),
        new ParallelOptions { MaxDegreeOfParallelism = Callers },
        async (_, cancellationToken) =>
        {
            await MakeAsync(Provisioned);
            var parent = await MakeAsync();
            var child = await parent.OpenChildAsync(
                new() { Overrides = new() { Quotas = new() { Executions = 10, Children = 0 } } }, cancellationToken);
            sessions.Add(child.Id);
            await child.ActivateAsync(cancellationToken: cancellationToken);
            var keeper = await MakeAsync();
            await keeper.Data.PutAsync(DataKey.Parse("kept"), "value"u8.ToArray(), cancellationToken: cancellationToken);
            executions.Add(OutlastAsync(await MakeAsync()));
        });

    /// <summary>Lets those that were made end with the first of the others.</summary>
    public Task EndHeldAsync() => Parallel.ForEachAsync(
        held,
        new ParallelOptions { MaxDegreeOfParallelism = Callers },
        async (session, cancellationToken) =>
        {
            var now = TimeProvider.System.GetUtcNow();
            var end = now + LifeUntil(FirstEnd, now);
            await session.RenewAsync(new RenewSessionOptions { Until = end, AllowShortening = true }, cancellationToken);
            ends[session.Id] = end;
        });

    /// <summary>Writes active ones for whoever wants to change them, which end with the first of the others.</summary>
    /// <param name="count">How many.</param>
    public Task<SessionRecord[]> WriteActiveAsync(int count) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(_ => WriteAsync("acme/prod", isActive: true, FirstEnd)));

    /// <summary>Writes sessions that hold nothing, two of three active, whose ends are spread over some seconds.</summary>
    /// <param name="count">How many. No node is asked for them: there are too many.</param>
    public Task WriteAsync(int count) => Parallel.ForEachAsync(
        Enumerable.Range(0, count),
        new ParallelOptions { MaxDegreeOfParallelism = Writers },
        async (n, _) => await WriteAsync(n, FirstEnd + (Spread * n / count)));

    /// <summary>Writes one session after the other, each with the shortest life there is, so that some are always about to end.</summary>
    /// <param name="stopping">When to stop.</param>
    public async Task WriteUntilAsync(CancellationToken stopping)
    {
        for (var n = 0; !stopping.IsCancellationRequested; n++)
        {
            await WriteAsync(n, FirstEnd);
            await Task.Delay(Pause, TimeProvider.System, CancellationToken.None);
        }
    }

    /// <summary>Ends the executions that held sessions beyond their end.</summary>
    public async Task ReleaseAsync()
    {
        released.SetResult();
        await Task.WhenAll(executions);
    }

    /// <summary>The shortest life there is, should the machine be too slow for the end that is wanted.</summary>
    private static TimeSpan LifeUntil(DateTimeOffset end, DateTimeOffset now) =>
        end - now > ConfigurationRules.MinDuration ? end - now : ConfigurationRules.MinDuration;

    private Task<SessionRecord> WriteAsync(int n, DateTimeOffset at) => WriteAsync(Namespaces[n % Namespaces.Length], isActive: n % 3 != 0, at);

    private async Task<SessionRecord> WriteAsync(string @namespace, bool isActive, DateTimeOffset at)
    {
        var now = TimeProvider.System.GetUtcNow();
        var save = SessionRecords.Create(@namespace: @namespace, overrides: new() { MaxDuration = LifeUntil(at, now) }, at: now);
        await SaveAsync(save);
        var record = isActive ? await ActivateAsync(save.Record, now) : save.Record;
        sessions.Add(record.Id);
        ends[record.Id] = record.ExpiresAt!.Value;
        return record;
    }

    private async Task<SessionRecord> ActivateAsync(SessionRecord record, DateTimeOffset now)
    {
        while (record.Status == SessionStatus.Created)
        {
            var save = SessionRecords.Next(record, new ActivateSession { Actor = record.Creator }, now);
            if (await store.SaveAsync(save, CancellationToken.None) == SaveOutcome.Saved)
            {
                return save.Record;
            }

            // A sweep was faster, as it may be on a slow machine: it gave notice of the end, or the end has come.
            record = (await store.ReadAsync(record.Id, CancellationToken.None))!;
        }

        Assert.True(TimeProvider.System.GetUtcNow() >= record.ExpiresAt, $"{record.Id} is {record.Status} before its end at {record.ExpiresAt:O}");
        return record;
    }

    private async Task SaveAsync(SessionSave save) =>
        Assert.Equal(SaveOutcome.Saved, await store.SaveAsync(save, CancellationToken.None));

    private async Task<SessionHandle> MakeAsync(string? template = null)
    {
        var handle = await client.CreateAsync(new()
        {
            Namespace = SessionNamespace.Parse("acme/held"),
            Creator = Principal.Parse("alice"),
            Template = template is null ? null : TemplateReference.Parse(template),
            Overrides = new() { Quotas = new() { Executions = 1000, Children = 10 } },
        });
        sessions.Add(handle.Id);
        held.Add(handle);
        await handle.ActivateAsync();
        return handle;
    }

    /// <summary>Executes until after the end, so that the session holds a grant when it comes.</summary>
    private async Task OutlastAsync(SessionHandle session)
    {
        try
        {
            await session.ExecuteAsync(Function, async _ => await released.Task);
        }
        catch (SessionException)
        {
            // What becomes of executions at the end of their session is shown elsewhere.
        }
    }
}
