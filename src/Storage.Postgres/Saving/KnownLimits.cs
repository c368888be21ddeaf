using System.Collections.Concurrent;

namespace Sessions.Storage.Postgres.Saving;

/// <summary>
/// The namespaces of which the database has said that their live sessions are counted. A hint, which chooses the statement and decides
/// nothing: one that is not here is asked about with the save itself, and one whose maximum was taken away only costs what counting does.
/// </summary>
internal sealed class KnownLimits
{
    private readonly ConcurrentDictionary<string, bool> namespaces = new(StringComparer.Ordinal);

    /// <summary>Whether one of these is counted, as far as is known.</summary>
    public bool CountAny(string[] levels) => !namespaces.IsEmpty && Array.Exists(levels, namespaces.ContainsKey);

    public void Add(string @namespace) => namespaces[@namespace] = true;
}
