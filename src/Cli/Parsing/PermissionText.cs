namespace Sessions.Cli.Parsing;

/// <summary>Permissions as <c>execute,compose,read,write</c>, or by their full names; <c>none</c> alone for nothing.</summary>
internal static class PermissionText
{
    public const string Names = "execute, compose, read, write, or none";

    private static readonly (SessionPermissions Permission, string Full, string Short)[] All =
    [
        (SessionPermissions.ExecuteFunctions, "executeFunctions", "execute"),
        (SessionPermissions.ComposeFunctions, "composeFunctions", "compose"),
        (SessionPermissions.ReadCrossSession, "readCrossSession", "read"),
        (SessionPermissions.WriteCrossSession, "writeCrossSession", "write"),
    ];

    public static Parsed<SessionPermissions> Parse(IEnumerable<string> lists)
    {
        string[] names = [.. lists.SelectMany(list => list.Split(','))];
        if (names is ["none"])
        {
            return SessionPermissions.None;
        }

        var permissions = SessionPermissions.None;
        foreach (var name in names)
        {
            var known = All.FirstOrDefault(entry => name == entry.Full || name == entry.Short);
            if (known.Permission == SessionPermissions.None)
            {
                return Parsed<SessionPermissions>.Wrong($"has {Plain.Quote(name)}, which is not a permission; they are {Names}");
            }

            permissions |= known.Permission;
        }

        return permissions;
    }

    /// <summary>The full names of what is permitted; a bit that this version does not know by its number.</summary>
    public static string[] Write(SessionPermissions permissions)
    {
        var unknown = (int)(permissions & ~SessionPermissions.All);
        return
        [
            .. All.Where(entry => permissions.HasFlag(entry.Permission)).Select(entry => entry.Full),
            .. unknown == 0 ? (string[])[] : [$"unknown(0x{unknown:x})"],
        ];
    }
}
