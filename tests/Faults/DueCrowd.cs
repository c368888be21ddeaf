using System.Collections.Concurrent;
using Sessions.Client;
using Sessions.Core;
using Sessions.Grains.Storage;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>Thousands of sessions of every kind that a sweep meets, which all end at the same moment.</summary>
internal sealed class DueCrowd(ISessionStore store, SessionsClient client)
{
    /// <summary>The template whose sessions have a place outside that has to be torn down.</summary>
    public const string Provisioned = "provisioned";

    private const int Writers = 256;
    private const int Callers = 8;
    private static readonly string[] Namespaces = ["acme/crowd", "acme/crowd", "acme/crowd", "acme/crowd/inner", "acme/eval", "acme/prod"];
    private static readonly FunctionName Function = FunctionName.Parse("count");

    private readonly ConcurrentBag<SessionId> sessions = [];
    private readonly ConcurrentDictionary<SessionId, DateTimeOffset> ends = [];
    private readonly ConcurrentBag<SessionHandle> held = [];
    private readonly ConcurrentBag<Task> executions = [];
    private readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DateTimeOffset end;

    /// <summary>All of them.</summary>
    public IReadOnlyCollection<SessionId> Sessions => sessions;

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

    /// <summary>Lets those that were made end at one moment, and writes as many as are wanted that end with them.</summary>
    /// <param name="at">When.</param>
    /// <param name="count">How many that hold nothing, two of three active. No node is asked for them: there are too many.</param>
    /// <param name="changing">How many active ones for whoever wants to change them.</param>
    /// <returns>The latter.</returns>
    public async Task<SessionRecord[]> EndAsync(DateTimeOffset at, int count, int changing)
    {
        end = at;
        var renewing = Parallel.ForEachAsync(held, new ParallelOptions { MaxDegreeOfParallelism = Callers }, async (session, cancellationToken) =>
        {
            await session.RenewAsync(new RenewSessionOptions { Until = end, AllowShortening = true }, cancellationToken);
            ends[session.Id] = end;
        });
        var records = await Task.WhenAll(Enumerable.Range(0, changing).Select(_ => WriteAsync("acme/prod", isActive: true)));
        await Parallel.ForEachAsync(
            Enumerable.Range(0, count),
            new ParallelOptions { MaxDegreeOfParallelism = Writers },
            async (n, _) => await WriteAsync(Namespaces[n % Namespaces.Length], isActive: n % 3 != 0));
        await renewing;
        return records;
    }

    /// <summary>Ends the executions that held sessions beyond their end.</summary>
    public async Task ReleaseAsync()
    {
        released.SetResult();
        await Task.WhenAll(executions);
    }

    private async Task<SessionRecord> WriteAsync(string @namespace, bool isActive)
    {
        // The shortest life there is, should the machine be too slow for the common end.
        var now = TimeProvider.System.GetUtcNow();
        var left = end - now > ConfigurationRules.MinDuration ? end - now : ConfigurationRules.MinDuration;
        var save = SessionRecords.Create(@namespace: @namespace, overrides: new() { MaxDuration = left }, at: now);
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
