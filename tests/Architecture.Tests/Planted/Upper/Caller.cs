using Sessions.Architecture.Tests.Planted.Lower;

namespace Sessions.Architecture.Tests.Planted.Upper;

/// <summary>Uses the other folder in the middle of a lambda only.</summary>
internal static class Caller
{
    public static int Call(IEnumerable<int> numbers) => numbers.Sum(number => new Called(2).Times(number));
}
