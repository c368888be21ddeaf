using System.Net.Sockets;
using System.Reflection;
using System.Runtime.CompilerServices;
using Npgsql;

namespace Sessions.Client.Tests;

/// <summary>
/// Every exception type of the libraries that a call can fail in. A type that a later version adds is found here before it reaches a caller.
/// </summary>
public class CallFaultsTests
{
    private static readonly string[] Libraries = ["Orleans.", "Npgsql"];

    // What cannot be read or written, is used wrongly, or never leaves a silo that runs.
    private static readonly string[] FinalTypes =
    [
        "Orleans.Runtime.EnumerationAbortedException",
        "Orleans.Runtime.GrainExtensionNotInstalledException",
        "Orleans.Runtime.GrainReferenceNotBoundException",
        "Orleans.Runtime.OrleansConfigurationException",
        "Orleans.Serialization.ExtendedWireTypeInvalidException",
        "Orleans.Serialization.FieldIdNotPresentException",
        "Orleans.Serialization.FieldTypeInvalidException",
        "Orleans.Serialization.FieldTypeMissingException",
        "Orleans.Serialization.IllegalTypeException",
        "Orleans.Serialization.ReferenceFieldNotSupportedException",
        "Orleans.Serialization.ReferenceNotFoundException",
        "Orleans.Serialization.RequiredFieldMissingException",
        "Orleans.Serialization.SchemaTypeInvalidException",
        "Orleans.Serialization.SerializationConstructorNotFoundException",
        "Orleans.Serialization.SerializerException",
        "Orleans.Serialization.TypeMissingException",
        "Orleans.Serialization.UnexpectedLengthPrefixValueException",
        "Orleans.Serialization.UnknownReferencedTypeException",
        "Orleans.Serialization.UnknownWellKnownTypeException",
        "Orleans.Serialization.UnsupportedWireTypeException",
        "Orleans.Storage.Internal.MemoryStorageEtagMismatchException",
        "Orleans.Streams.PersistentStreamPullingAgent+QueueCacheCursorContractException",
        "Orleans.TestingHost.RandomlyInjectedStorageException",
    ];

    // What is refused before a grain is called.
    private static readonly string[] TransientTypes =
    [
        "Orleans.Runtime.GatewayTooBusyException",
        "Orleans.Runtime.LimitExceededException",
    ];

    // All others: the call may have reached its grain.
    private static readonly string[] UnknownTypes =
    [
        "Npgsql.NpgsqlException",
        "Npgsql.NpgsqlOperationInProgressException",
        "Npgsql.PostgresException",
        "Orleans.Networking.Shared.SocketConnectionException",
        "Orleans.Providers.ProviderInitializationException",
        "Orleans.Providers.ProviderStateException",
        "Orleans.Runtime.ClientNotAvailableException",
        "Orleans.Runtime.InvalidSchedulingContextException",
        "Orleans.Runtime.MembershipService.OrleansClusterConnectivityCheckFailedException",
        "Orleans.Runtime.MembershipService.OrleansMissingMembershipEntryException",
        "Orleans.Runtime.Messaging.ConnectionFailedException",
        "Orleans.Runtime.Messaging.InvalidMessageFrameException",
        "Orleans.Runtime.OrleansException",
        "Orleans.Runtime.OrleansLifecycleCanceledException",
        "Orleans.Runtime.OrleansMessageRejectionException",
        "Orleans.Runtime.ReminderException",
        "Orleans.Runtime.SiloUnavailableException",
        "Orleans.Runtime.WrappedException",
        "Orleans.Serialization.CodecNotFoundException",
        "Orleans.Serialization.UnavailableExceptionFallbackException",
        "Orleans.Storage.BadProviderConfigException",
        "Orleans.Storage.InconsistentStateException",
        "Orleans.Streams.CacheFullException",
        "Orleans.Streams.DataNotAvailableException",
        "Orleans.Streams.FaultedSubscriptionException",
        "Orleans.Streams.ProviderStartException",
        "Orleans.Streams.QueueCacheMissException",
        "Orleans.Streams.StreamEventDeliveryFailureException",
        "Orleans.TestingHost.RandomlyInjectedInconsistentStateException",
    ];

    private static readonly IReadOnlyDictionary<string, FaultKind> Kinds = Of(FinalTypes, FaultKind.Final)
        .Concat(Of(TransientTypes, FaultKind.Transient))
        .Concat(Of(UnknownTypes, FaultKind.Unknown))
        .ToDictionary(StringComparer.Ordinal);

    public static TheoryData<string, Exception, string> OfTheFramework => new()
    {
        { "expired", new OperationCanceledException("Message expired before placement could complete."), nameof(FaultKind.Transient) },
        { "cancelled", new OperationCanceledException(), nameof(FaultKind.Unknown) },
        { "task", new TaskCanceledException(), nameof(FaultKind.Unknown) },
        { "timeout", new TimeoutException(), nameof(FaultKind.Unknown) },
        { "socket", new SocketException((int)SocketError.ConnectionReset), nameof(FaultKind.Unknown) },
        { "stream", new EndOfStreamException(), nameof(FaultKind.Unknown) },
        { "silo", new ObjectDisposedException("IServiceProvider"), nameof(FaultKind.Unknown) },
        { "client", new ObjectDisposedException(typeof(SessionsClient).FullName), nameof(FaultKind.Final) },
        { "manifest", new ArgumentException("Could not find an implementation for interface sessions.ISessionGrain"), nameof(FaultKind.Transient) },
        { "argument", new ArgumentNullException("request"), nameof(FaultKind.Final) },
        { "key", new KeyNotFoundException(), nameof(FaultKind.Final) },
        { "operation", new InvalidOperationException(), nameof(FaultKind.Final) },
        { "format", new FormatException(), nameof(FaultKind.Final) },
        { "several", new AggregateException(new TimeoutException(), Refusal(nothingChanged: true)), nameof(FaultKind.Unknown) },
        { "several, one of them final", new AggregateException(new TimeoutException(), new FormatException()), nameof(FaultKind.Final) },
        { "refused", new SessionException(new SessionError { Code = SessionErrorCode.QuotaExceeded }), nameof(FaultKind.Final) },
        { "unavailable", Refusal(nothingChanged: false), nameof(FaultKind.Unknown) },
        { "not done", Refusal(nothingChanged: true), nameof(FaultKind.Transient) },
        { "store", new Grains.Storage.StoreUnavailableException("disk full"), nameof(FaultKind.Transient) },
        { "store unknown", new Grains.Storage.StoreOutcomeUnknownException("connection lost"), nameof(FaultKind.Unknown) },
        { "connection", State("08006"), nameof(FaultKind.Unknown) },
        { "shut down", State("57P01"), nameof(FaultKind.Unknown) },
        { "disk", State("53100"), nameof(FaultKind.Transient) },
        { "serialization", State("40001"), nameof(FaultKind.Transient) },
        { "no table", State("42P01"), nameof(FaultKind.Final) },
        { "no rights", State("42501"), nameof(FaultKind.Final) },
    };

    [Fact]
    public void Exception_types_of_the_libraries_Are_each_classified_and_by_hand()
    {
        var found = ExceptionTypes().ToDictionary(type => type.FullName!, StringComparer.Ordinal);

        Assert.Equal(Kinds.Keys.Order(StringComparer.Ordinal), found.Keys.Order(StringComparer.Ordinal));
        Assert.All(found, type => Assert.Equal(
            (type.Key, Kinds[type.Key]), (type.Key, CallFaults.KindOf((Exception)RuntimeHelpers.GetUninitializedObject(type.Value)))));
    }

    [Theory]
    [MemberData(nameof(OfTheFramework))]
    public void Exceptions_that_the_libraries_throw_Are_classified_by_what_they_say(string name, Exception fault, string kind) =>
        Assert.Equal((name, kind), (name, CallFaults.KindOf(fault).ToString()));

    [Fact]
    public void The_search_finds_types_that_are_known_to_be_there()
    {
        var names = ExceptionTypes().Select(type => type.Name).ToList();

        Assert.Contains("SiloUnavailableException", names);
        Assert.Contains("CodecNotFoundException", names);
        Assert.Contains("PostgresException", names);
    }

    private static IEnumerable<Type> ExceptionTypes() => Directory.EnumerateFiles(AppContext.BaseDirectory, "*.dll")
        .Where(path => Libraries.Any(library => Path.GetFileName(path).StartsWith(library, StringComparison.Ordinal)))
        .SelectMany(path => Assembly.LoadFrom(path).GetTypes())
        .Where(type => type.IsSubclassOf(typeof(Exception)) && !type.IsAbstract && !type.ContainsGenericParameters);

    private static IEnumerable<KeyValuePair<string, FaultKind>> Of(string[] types, FaultKind kind) =>
        types.Select(type => KeyValuePair.Create(type, kind));

    private static SessionException Refusal(bool nothingChanged) =>
        new(new SessionError { Code = SessionErrorCode.Unavailable, NothingChanged = nothingChanged });

    private static PostgresException State(string state) => new("no", "ERROR", "ERROR", state);
}
