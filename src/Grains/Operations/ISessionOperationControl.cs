namespace Sessions.Grains.Operations;

/// <summary>How the silo itself moves an operation. Not for clients.</summary>
[Alias("sessions.ISessionOperationControl")]
internal interface ISessionOperationControl : IGrainWithStringKey
{
    /// <summary>Goes on with the operation, unless that is being done or it has ended.</summary>
    [Alias("Wake")]
    ValueTask Wake();
}
