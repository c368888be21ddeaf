using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Sessions.Grains.Storage;

/// <summary>One step of a store's schema. Steps are only ever added: a changed one would not be what databases have had already.</summary>
internal sealed partial record Migration(int Version, string Name, string Sql)
{
    /// <summary>SHA-256 of the text with LF line ends, in hexadecimal.</summary>
    public string Checksum { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));

    /// <inheritdoc/>
    public override string ToString() => $"{Version:D4}_{Name}";

    /// <summary>All steps that an assembly has as resources, from 1 without gaps.</summary>
    public static IReadOnlyList<Migration> In(Assembly assembly)
    {
        Migration[] all =
        [
            .. assembly.GetManifestResourceNames()
                .Select(resource => FileName.Match(resource))
                .Where(match => match.Success)
                .Select(match => new Migration(int.Parse(match.Groups[1].Value, null), match.Groups[2].Value, Read(match.Value)))
                .OrderBy(migration => migration.Version),
        ];
        return all.Select(migration => migration.Version).SequenceEqual(Enumerable.Range(1, all.Length))
            ? all
            : throw new InvalidOperationException($"The migrations in {assembly.GetName().Name} are not numbered from 1 without gaps.");

        string Read(string resource)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
            return reader.ReadToEnd();
        }
    }

    [GeneratedRegex(@"^.*\.Migrations\.(\d{4})_(\w+)\.sql$")]
    private static partial Regex FileName { get; }
}
