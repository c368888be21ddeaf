namespace Sessions.Architecture.Tests.Planted.Lower;

internal sealed class Called(int factor)
{
    public int Times(int number) => factor * number;
}
