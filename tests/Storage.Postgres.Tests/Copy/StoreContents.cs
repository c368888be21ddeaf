using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Sessions.Core;
using Sessions.Core.Data;
using Sessions.Core.Operations;
using Sessions.Core.Search;
using Sessions.Core.Stored;
using Sessions.Grains.Storage;

namespace Sessions.Storage.Postgres.Tests.Copy;

/// <summary>All that a store answers, asked through its ports, as text.</summary>
internal static class StoreContents
{
    private static readonly string[] Namespaces = ["acme", "acme/a", "acme/a/b", "acme-2", "b", "gone"];

    private static readonly SessionOrder[] Orders =
        [SessionOrder.NewestFirst, SessionOrder.OldestFirst, SessionOrder.EndsFirst, SessionOrder.EndsLast];

    public static async Task<IReadOnlyList<string>> ReadAsync(SessionStorage storage)
    {
        var lines = new List<string>();
        var records = await SearchAsync(storage, SessionQuery.All, SessionOrder.OldestFirst);
        foreach (var record in records)
        {
            await AddSessionAsync(storage, record.Id, lines);
        }

        var epochs = await storage.Sessions.ReadEpochsAsync([.. records.Select(record => record.Id)], default);
        lines.AddRange(epochs.OrderBy(one => one.Key.ToString(), StringComparer.Ordinal).Select(one => $"epoch {one.Key} {one.Value}"));
        await AddListsAsync(storage, lines);
        await AddLogAsync(storage, lines);
        await AddPoliciesAsync(storage, lines);
        await AddOperationsAsync(storage, lines);
        var due = await storage.Due.ReadDueNamespacesAsync(null, 1000, default);
        lines.AddRange(due.Select(one => Line("due", one)));
        return lines;
    }

    /// <summary>A log from a place to its end.</summary>
    public static async Task<ImmutableArray<LoggedEvent>> ReadLogAsync(IEventLog log, SessionNamespace? within, EventCursor after, int limit)
    {
        var events = ImmutableArray.CreateBuilder<LoggedEvent>();
        while (true)
        {
            var page = await log.ReadLogAsync(within, after, limit, default);
            events.AddRange(page.Events);
            if (page.Next >= page.Horizon)
            {
                return events.ToImmutable();
            }

            after = page.Next;
        }
    }

    private static async Task<List<SessionRecord>> SearchAsync(SessionStorage storage, SessionQuery query, SessionOrder order)
    {
        var (records, after) = (new List<SessionRecord>(), (SearchPosition?)null);
        do
        {
            var page = await storage.Search.SearchAsync(query, order, after, 17, default);
            records.AddRange(page.Sessions);
            after = page.Next;
        }
        while (after is not null);
        return records;
    }

    private static async Task AddSessionAsync(SessionStorage storage, SessionId id, List<string> lines)
    {
        var record = (await storage.Sessions.ReadAsync(id, default))!;
        lines.Add($"session {StoredRecord.Write(record)} {record.Usage.DataBytes}");
        lines.AddRange((await storage.Sessions.ReadEventsAsync(id, 0, 1000, default)).Select(e => Line("event", e)));
        lines.AddRange((await storage.Sessions.ReadExecutionsAsync(id, 0, 1000, default)).Select(e => Line("execution", e)));
        var space = DataSpaces.Of(record);
        foreach (var entry in await storage.Data.ListDataAsync(space, "", null, 1000, default))
        {
            var reading = await storage.Data.ReadDataAsync(space, entry.Key, default);
            lines.Add($"{Line("data", entry)} {reading.DataVersion} {reading.Value!.Version} {Convert.ToHexString(reading.Value.Value.AsSpan())}");
        }
    }

    private static async Task AddListsAsync(SessionStorage storage, List<string> lines)
    {
        SessionQuery[] queries =
        [
            SessionQuery.All,
            .. Namespaces.Select(name => new SessionQuery { Namespace = SessionNamespace.Parse(name), IncludeBelow = true }),
            new() { Creator = Principal.Parse("bob") },
            new() { Template = TemplateReference.Parse("nb") },
            new() { Template = TemplateReference.Parse("nb@2") },
            new() { Labels = SessionQuery.All.Labels.Add("team", "x") },
            new() { Text = "ÉC" },
            new() { Statuses = [SessionStatus.Active, SessionStatus.Closed] },
        ];
        foreach (var (query, n) in queries.Select((query, n) => (query, n)))
        {
            foreach (var order in Orders)
            {
                var found = await SearchAsync(storage, query, order);
                lines.Add($"list {n} {order}: {string.Join(' ', found.Select(record => record.Id))}");
            }

            lines.Add(Line($"count {n}", await storage.Search.CountAllAsync(query, default)));
        }
    }

    private static async Task AddLogAsync(SessionStorage storage, List<string> lines)
    {
        var log = await ReadLogAsync(storage.Log, null, EventCursor.Start, 13);
        lines.AddRange(log.Select(logged => Line("log", logged)));
        foreach (var from in log.Where((_, n) => n % 50 == 0))
        {
            foreach (var name in (string?[])[null, .. Namespaces])
            {
                var within = name is null ? (SessionNamespace?)null : SessionNamespace.Parse(name);
                var rest = await ReadLogAsync(storage.Log, within, from.Cursor, 100);
                lines.Add($"log of {name} after {from.Cursor}: {string.Join(' ', rest.Select(logged => logged.Cursor))}");
            }
        }
    }

    private static async Task AddPoliciesAsync(SessionStorage storage, List<string> lines)
    {
        lines.AddRange((await storage.Policies.ReadPoliciesAsync(0, 1000, default)).Select(one => Line("policy", one)));
        foreach (var name in Namespaces.Select(name => SessionNamespace.Parse(name)))
        {
            var history = await storage.Policies.ReadPolicyHistoryAsync(name, null, 1000, default);
            lines.AddRange(history.Select(one => Line("version", one)));
            lines.AddRange((await storage.Policies.ReadLiveCountsAsync(name, default)).Select(one => Line($"count at {name}", one)));
            lines.AddRange((await storage.Policies.ReadLiveAsync(name, null, 1000, default)).Select(one => Line($"live in {name}", one)));
        }
    }

    private static async Task AddOperationsAsync(SessionStorage storage, List<string> lines)
    {
        var operations = await storage.Operations.ListOperationsAsync(SessionNamespace.Parse("acme"), null, null, 1000, default);
        lines.AddRange(operations.Select(one => Line("operation", one)));
        lines.Add(Line("stalled", await storage.Operations.FindStalledOperationsAsync(TimeSpan.Zero, 1000, default)));
    }

    private static string Line<T>(string kind, T value) => string.Create(CultureInfo.InvariantCulture, $"{kind} {JsonSerializer.Serialize(value)}");
}
