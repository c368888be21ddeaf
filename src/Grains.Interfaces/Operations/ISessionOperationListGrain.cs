using System.Collections.Immutable;

namespace Sessions;

/// <summary>Finds operations. Any silo answers, from what is committed; keyed 0.</summary>
[Alias("sessions.ISessionOperationListGrain")]
public interface ISessionOperationListGrain : IGrainWithIntegerKey
{
    /// <summary>One page of operations, those that began last first.</summary>
    [Alias("List")]
    ValueTask<OperationPage> List(ListOperations request);
}

/// <summary>Asks for a page of operations.</summary>
[GenerateSerializer, Immutable, Alias("sessions.ListOperations")]
public sealed record ListOperations
{
    /// <summary>The namespace that they are about: theirs is this one, or one below it.</summary>
    [Id(0)]
    public SessionNamespace Namespace { get; init; }

    /// <summary>Who started them; null for anybody.</summary>
    [Id(1)]
    public Principal? Actor { get; init; }

    /// <summary>How many at most, 1 to 1,000.</summary>
    [Id(2)]
    public int Limit { get; init; } = 50;

    /// <summary><see cref="OperationPage.Next"/> of the page before; null for the first page.</summary>
    [Id(3)]
    public OperationPlace? After { get; init; }
}

/// <summary>An operation's place among all: by its start, the latest first, and then by its id.</summary>
/// <param name="StartedAt">When it began.</param>
/// <param name="Id">Which operation.</param>
[GenerateSerializer, Immutable, Alias("sessions.OperationPlace")]
public sealed record OperationPlace([property: Id(0)] DateTimeOffset StartedAt, [property: Id(1)] OperationId Id);

/// <summary>A page of operations.</summary>
[GenerateSerializer, Immutable, Alias("sessions.OperationPage")]
public sealed record OperationPage
{
    /// <summary>The operations, in order.</summary>
    [Id(0)]
    public ImmutableArray<OperationSnapshot> Operations { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>Where to go on; null at the end.</summary>
    [Id(1)]
    public OperationPlace? Next { get; init; }

    /// <summary>Why there is no page.</summary>
    [Id(2)]
    public SessionError? Refusal { get; init; }
}
