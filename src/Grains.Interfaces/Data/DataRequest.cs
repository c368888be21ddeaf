using System.Collections.Immutable;

namespace Sessions;

/// <summary>What is to be done with session data.</summary>
[GenerateSerializer, Alias("sessions.DataVerb")]
public enum DataVerb : byte
{
    /// <summary>Not a value; refused.</summary>
    Invalid = 0,

    /// <summary>Read one value.</summary>
    Get = 1,

    /// <summary>Read which keys there are.</summary>
    List = 2,

    /// <summary>Write one value.</summary>
    Put = 3,

    /// <summary>Delete one value.</summary>
    Delete = 4,
}

/// <summary>One thing to do with a session's data.</summary>
[GenerateSerializer, Immutable, Alias("sessions.DataRequest")]
public sealed record DataRequest
{
    /// <summary>The most entries of a list in one answer.</summary>
    public const int MaxPage = 1000;

    /// <summary>What to do.</summary>
    [Id(0)]
    public DataVerb Verb { get; init; }

    /// <summary>Which value. Not for List.</summary>
    [Id(1)]
    public DataKey Key { get; init; }

    /// <summary>How the keys begin that are listed; empty for all.</summary>
    [Id(2)]
    public string Prefix { get; init => field = value ?? ""; } = "";

    /// <summary>What to put, at most 64 KiB.</summary>
    [Id(3)]
    public ImmutableArray<byte> Value { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>For Put and Delete: the version that the value must have; 0 if there must be none, null for any.</summary>
    [Id(4)]
    public long? ExpectedVersion { get; init; }

    /// <summary>Names a write, so that repeating it after an unknown outcome does not do it twice.</summary>
    [Id(5)]
    public CommandId CommandId { get; init; }

    /// <summary>Who asks.</summary>
    [Id(6)]
    public Principal Actor { get; init; }

    /// <summary>For List: the last key of the page before; null for the first page.</summary>
    [Id(7)]
    public DataKey? After { get; init; }

    /// <summary>For List: 1 to 1,000.</summary>
    [Id(8)]
    public int Limit { get; init; }

    /// <summary>The highest version of the session that the caller has seen; it is judged by none older.</summary>
    [Id(9)]
    public long SeenVersion { get; init; }

    /// <summary>The highest version of the data that the caller has seen; the answer is not older.</summary>
    [Id(10)]
    public long SeenDataVersion { get; init; }

    /// <summary>Whether it reads or writes; neither where nobody can tell.</summary>
    internal DataOperations Operation => Verb switch
    {
        DataVerb.Get or DataVerb.List => DataOperations.Read,
        DataVerb.Put or DataVerb.Delete => DataOperations.Write,
        _ => DataOperations.None,
    };

    /// <summary>The same as the rules about data see it.</summary>
    internal DataAccessRequest Access => new()
    {
        Operation = Operation,
        Key = Verb == DataVerb.List ? Prefix : Key.ToString(),
        IsPrefix = Verb == DataVerb.List,
    };

    /// <summary>All that is wrong with its form; empty if nothing is.</summary>
    internal ImmutableArray<ConfigurationFault> FindFaults()
    {
        // The common case, which is asked before every read, without what telling faults needs.
        if (Verb == DataVerb.Get && Actor.IsValid && Key.IsValid)
        {
            return [];
        }

        var faults = ImmutableArray.CreateBuilder<ConfigurationFault>();
        Check("actor", Actor.IsValid ? null : "is missing or not a principal");
        if (Verb == DataVerb.List)
        {
            Check("prefix", DataKey.FindPrefixFault(Prefix));
            Check("after", After?.FindFault());
            Check("limit", Limit is < 1 or > MaxPage ? $"is {Limit}, not between 1 and {MaxPage}" : null);
        }
        else
        {
            Check("verb", Operation == DataOperations.None ? $"is {Verb}, which is nothing that can be done" : null);
            Check("key", Key.FindFault());
        }

        if (Operation == DataOperations.Write)
        {
            Check("commandId", CommandId.IsDefault ? "is missing" : null);
            Check("expectedVersion", ExpectedVersion < 0 ? $"is {ExpectedVersion}, less than 0" : null);
            Check("value", Value.Length > DataValue.MaxBytes ? $"has {Value.Length} bytes, more than {DataValue.MaxBytes}" : null);
        }

        return faults.ToImmutable();

        void Check(string field, string? problem)
        {
            if (problem is not null)
            {
                faults.Add(new(field, problem));
            }
        }
    }
}

/// <summary>What became of a <see cref="DataRequest"/>.</summary>
[GenerateSerializer, Immutable, Alias("sessions.DataReply")]
public sealed record DataReply
{
    /// <summary>Of Get: the value; null if there is none.</summary>
    [Id(0)]
    public DataValue? Value { get; init; }

    /// <summary>Of List: what there is, in the order of the keys' bytes. Fewer than the limit are the last ones.</summary>
    [Id(1)]
    public ImmutableArray<DataEntry> Entries { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>Of Put and Delete: the version that it made.</summary>
    [Id(2)]
    public long Version { get; init; }

    /// <summary>The newest version of the data that the answer knows of.</summary>
    [Id(3)]
    public long DataVersion { get; init; }

    /// <summary>Why it was refused; null when it was done.</summary>
    [Id(4)]
    public SessionError? Refusal { get; init; }
}
