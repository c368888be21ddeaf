using System.Reflection;
using Orleans;
using Orleans.Runtime;

namespace Sessions.Storage.Postgres.Tests;

/// <summary>
/// Calls the members of <see cref="IMembershipTable"/> by name and keeps which ones it called: either those that take a token or the
/// obsolete ones beside them, which silos of earlier releases call.
/// </summary>
internal sealed class MembershipMembers(IMembershipTable table, bool obsolete)
{
    private readonly HashSet<MethodInfo> called = [];

    public IReadOnlyCollection<MethodInfo> Called => called;

    public Task InitializeAsync(bool createsVersion) => CallAsync(nameof(IMembershipTable.InitializeMembershipTableAsync), createsVersion);

    public Task<MembershipTableData> ReadAllAsync() => CallAsync<MembershipTableData>(nameof(IMembershipTable.ReadAllAsync));

    public Task<MembershipTableData> ReadRowAsync(SiloAddress silo) =>
        CallAsync<MembershipTableData>(nameof(IMembershipTable.ReadRowAsync), silo);

    public Task<bool> InsertAsync(MembershipEntry entry, TableVersion version) =>
        CallAsync<bool>(nameof(IMembershipTable.InsertRowAsync), entry, version);

    public Task<bool> UpdateAsync(MembershipEntry entry, string etag, TableVersion version) =>
        CallAsync<bool>(nameof(IMembershipTable.UpdateRowAsync), entry, etag, version);

    public Task UpdateIAmAliveAsync(MembershipEntry entry) => CallAsync(nameof(IMembershipTable.UpdateIAmAliveAsync), entry);

    public Task CleanUpAsync(DateTimeOffset before) => CallAsync(nameof(IMembershipTable.CleanupDefunctSiloEntriesAsync), before);

    public Task DeleteAsync(string clusterId) => CallAsync(nameof(IMembershipTable.DeleteMembershipTableEntriesAsync), clusterId);

    private Task<T> CallAsync<T>(string name, params object[] arguments) => (Task<T>)CallAsync(name, arguments);

    private Task CallAsync(string name, params object[] arguments)
    {
        var method = typeof(IMembershipTable).GetMethod(obsolete ? name[..^"Async".Length] : name)
            ?? throw new InvalidOperationException($"{nameof(IMembershipTable)} has no member for {name}.");
        called.Add(method);
        return (Task)method.Invoke(table, obsolete ? arguments : [.. arguments, CancellationToken.None])!;
    }
}
