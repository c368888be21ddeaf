using System.Text;

namespace Sessions.Grains.Storage;

/// <summary>The order of keys in every store: that of their bytes in UTF-8, which is not that of their characters in memory.</summary>
internal sealed class KeyOrder : IComparer<string>
{
    public static readonly KeyOrder Instance = new();

    public int Compare(string? x, string? y) =>
        Encoding.UTF8.GetBytes(x ?? "").AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(y ?? ""));
}
