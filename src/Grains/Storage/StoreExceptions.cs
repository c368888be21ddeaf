namespace Sessions.Grains.Storage;

/// <summary>The store could not do it, and did nothing.</summary>
public class StoreUnavailableException(string message, Exception? innerException = null) : Exception(message, innerException), IClassifiedFault
{
    FaultKind IClassifiedFault.Kind => FaultKind.Transient;
}

/// <summary>The store may have done it or not.</summary>
internal sealed class StoreOutcomeUnknownException(string message, Exception? innerException = null) : Exception(message, innerException), IClassifiedFault
{
    FaultKind IClassifiedFault.Kind => FaultKind.Unknown;
}
