using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Sessions.Contracts.Tests.Identity;

public class SessionAddressTests
{
    private static readonly string[] Creators = ["alice", "alicf", "Alice", "alice ", "a", "b", "session"];
    private const string Ten = "漢字漢字漢字漢字漢字";
    private const string Digits = "0123456789abcdefghjkmnpqrstvwxyz";
    private static readonly SessionId Id = SessionId.Parse("s-00000000000000000000000001");

    [Theory]
    [InlineData("alice")]
    [InlineData("größe 😀")]
    [InlineData(Ten + Ten + Ten + Ten + Ten + Ten + Ten + Ten + Ten + Ten + Ten + Ten)]
    public void Address_ComputedAnewFromTheDocumentedBytes_IsTheSame(string creator)
    {
        byte[] name = Encoding.UTF8.GetBytes(creator);
        byte[] bytes =
        [
            0, 0, 0, 7, (byte)'s', (byte)'e', (byte)'s', (byte)'s', (byte)'i', (byte)'o', (byte)'n',
            0, 0, (byte)(name.Length >> 8), (byte)name.Length, .. name,
            0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
        ];

        Assert.Equal("sess-" + Base32(SHA256.HashData(bytes)), SessionAddress.Derive(Principal.Parse(creator), Id).ToString());
    }

    [Fact]
    public void Address_OfAliceAndTheFirstId_IsKnownForEver() =>
        Assert.Equal(KnownAddress, SessionAddress.Derive(Principal.Parse("alice"), Id).ToString());

    [Fact]
    public void Addresses_OfOtherCreatorsOrIds_Differ()
    {
        var creators = Creators.Select(name => Principal.Parse(name));
        var ids = new[] { Id, SessionId.Parse("s-00000000000000000000000002"), SessionId.Parse("s-40000000000000000000000001") };
        var addresses = (from creator in creators from id in ids select SessionAddress.Derive(creator, id)).ToList();

        Assert.Equal(21, addresses.Distinct().Count());
    }

    [Fact]
    public void Text_WrittenAndRead_IsTheSameAlsoWhenReadCarelessly()
    {
        for (var i = 0; i < 100; i++)
        {
            var address = SessionAddress.Derive(Principal.Parse("alice"), SessionId.New());
            var text = address.ToString();

            Assert.Equal(57, text.Length);
            Assert.Equal(address, SessionAddress.Parse(text));
            Assert.Equal(address, SessionAddress.Parse("sess-" + text[5..].ToUpperInvariant().Replace('0', 'O').Replace('1', 'I')));
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("sess-")]
    [InlineData("s-00000000000000000000000001")]
    [InlineData("sess-0000000000000000000000000000000000000000000000000001x")]
    [InlineData("sess-000000000000000000000000000000000000000000000000000u")]
    [InlineData("sess-zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz")]
    public void Text_ThatIsNoAddress_IsRefused(string? text)
    {
        Assert.False(SessionAddress.TryParse(text, null, out _));
        Assert.Throws<FormatException>(() => SessionAddress.Parse(text!));
    }

    private const string KnownAddress = "sess-0x6qvq36tec69mpht43vk4tgv9zh230efazs2t97z35xdym810wr";

    /// <summary>Base 32 by long division, which has nothing in common with the code that it judges.</summary>
    private static string Base32(byte[] bytes)
    {
        var number = new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
        var digits = new char[52];
        for (var i = digits.Length - 1; i >= 0; i--)
        {
            number = BigInteger.DivRem(number, 32, out var digit);
            digits[i] = Digits[(int)digit];
        }

        return new string(digits);
    }
}
