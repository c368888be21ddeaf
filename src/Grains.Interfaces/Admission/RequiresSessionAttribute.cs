namespace Sessions;

/// <summary>
/// Lets a grain's methods be called only as executions of a session: the call is admitted, runs under the session's context and is
/// settled. Takes effect in silos that have added the guards; the nearest attribute counts: the implementation's method, its class,
/// the interface's method, the interface.
/// </summary>
/// <param name="permissions">All that the session must permit.</param>
[AttributeUsage(AttributeTargets.Interface | AttributeTargets.Class | AttributeTargets.Method)]
public sealed class RequiresSessionAttribute(SessionPermissions permissions = SessionPermissions.ExecuteFunctions) : Attribute
{
    /// <summary>All that the session must permit.</summary>
    public SessionPermissions Permissions { get; } = permissions;

    /// <summary>The function's name, for patterns and the log. Default: the interface's and the method's, <c>ICounter.Increment</c>.</summary>
    public string? Function { get; init; }
}
