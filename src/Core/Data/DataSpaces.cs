namespace Sessions.Core.Data;

/// <summary>Where the values of a session are kept.</summary>
internal static class DataSpaces
{
    /// <summary>
    /// The tenant and the session's address. Neither can contain the slash between them, and the address is a digest over who made
    /// the session and which it is: no two sessions have the same.
    /// </summary>
    public static DataSpace Of(SessionRecord record) => Of(record.Id, record.Namespace, record.Creator);

    /// <inheritdoc cref="Of(SessionRecord)"/>
    public static DataSpace Of(SessionId id, SessionNamespace @namespace, Principal creator) =>
        new(id, $"{@namespace.Tenant}/{SessionAddress.Derive(creator, id)}");
}
