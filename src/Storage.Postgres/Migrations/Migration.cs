using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Sessions.Storage.Postgres.Migrations;

/// <summary>One step of the schema. Steps are only ever added: a changed one would not be what databases have had already.</summary>
internal sealed partial record Migration(int Version, string Name, string Sql)
{
    /// <summary>All steps that this build knows, from 1 without gaps.</summary>
    public static IReadOnlyList<Migration> All { get; } = Load();

    /// <summary>SHA-256 of the text with LF line ends, in hexadecimal.</summary>
    public string Checksum { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));

    /// <inheritdoc/>
    public override string ToString() => $"{Version:D4}_{Name}";

    private static Migration[] Load()
    {
        var assembly = typeof(Migration).Assembly;
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
            : throw new InvalidOperationException("The migrations in this build are not numbered from 1 without gaps.");

        string Read(string resource)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
            return reader.ReadToEnd();
        }
    }

    [GeneratedRegex(@"^.*\.Migrations\.(\d{4})_(\w+)\.sql$")]
    private static partial Regex FileName { get; }
}
