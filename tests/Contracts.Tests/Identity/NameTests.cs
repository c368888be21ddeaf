using FsCheck;
using FsCheck.Fluent;
using Sessions.Grains.Hosting;

namespace Sessions.Contracts.Tests.Identity;

/// <summary>Namespaces, principals, template references and command ids.</summary>
public class NameTests
{
    private static readonly Gen<string> AnySegment =
        Gen.Choose(1, 12).SelectMany(length => Gen.ArrayOf(Gen.Elements([.. "abcxyz0189-"]), length)).Select(chars => new string(chars));

    private static readonly Gen<string> AnyPath =
        Gen.Choose(1, 8).SelectMany(count => Gen.ArrayOf(AnySegment, count)).Select(segments => string.Join('/', segments));

    public static TheoryData<string?> NotNamespaces =>
    [
        null, "", "/", "acme/", "/acme", "acme//eval", "Acme", "acme/Eval", "acme_eval", "acme eval", "acme.eval", "größe", "acme\0",
        "acme\\eval", "../acme", "acmé", "acm\u212A", new string('a', 64), string.Join('/', Enumerable.Repeat("a", 9)),
        string.Join('/', Enumerable.Repeat(new string('a', 60), 5)),
    ];

    [Fact]
    public void Namespace_WrittenAndRead_IsTheSame() =>
        Check(AnyPath, path => SessionNamespace.Parse(path) is var read && read.ToString() == path
            && SessionNamespace.TryParse(path, out var again) && again == read && read.Tenant == path.Split('/')[0]);

    [Fact]
    public void Namespace_AtItsLimits_IsRead()
    {
        Assert.True(SessionNamespace.TryParse(new string('a', 63), out _));
        Assert.True(SessionNamespace.TryParse(string.Join('/', Enumerable.Repeat("a", 8)), out _));
        Assert.True(SessionNamespace.TryParse(PathOf(256), out _));
        Assert.False(SessionNamespace.TryParse(PathOf(257), out _));
    }

    [Theory]
    [MemberData(nameof(NotNamespaces))]
    public void Text_ThatIsNoNamespace_IsRefused(string? text)
    {
        Assert.False(SessionNamespace.TryParse(text, out var read));
        Assert.True(read.IsDefault);
        Assert.Throws<FormatException>(() => SessionNamespace.Parse(text!));
    }

    [Theory]
    [InlineData("acme", "acme", true)]
    [InlineData("acme", "acme/prod", true)]
    [InlineData("acme/prod", "acme/prod/eval", true)]
    [InlineData("acme", "acme2", false)]
    [InlineData("acme", "acme-x/prod", false)]
    [InlineData("acme/prod", "acme", false)]
    [InlineData("acme/prod", "acme/production", false)]
    [InlineData("acme", "other/acme", false)]
    public void Namespace_AskedWhatItContains_IncludesItselfAndWhatIsBelow(string outer, string inner, bool contains) =>
        Assert.Equal(contains, SessionNamespace.Parse(outer).Contains(SessionNamespace.Parse(inner)));

    [Fact]
    public void DefaultNamespace_ContainsNothingThatIsOne() =>
        Assert.False(default(SessionNamespace).Contains(SessionNamespace.Parse("acme")));

    [Fact]
    public void Principal_OfAnyAllowedText_IsKeptExactly()
    {
        foreach (var name in new[] { "alice", " alice ", "größe 😀", "a/b:c@d", new string('x', 128), "\u200f", "e\u0301" })
        {
            var principal = Principal.Parse(name);
            Assert.Equal(name, principal.ToString());
            Assert.True(principal.IsValid);
            Assert.True(Principal.TryParse(name, null, out var again) && again == principal);
        }

        Assert.NotEqual(Principal.Parse("é"), Principal.Parse("e\u0301"));
    }

    public static TheoryData<int> NotPrincipals => new(Enumerable.Range(0, BadNames.Length));

    private static readonly string?[] BadNames =
        [null, "", "a\0", "a\n", "\u007f", "\u0085", "\ud800", "a\udc00b", "\udc00\ud800", "a\u202eb", "a\u2069", new string('x', 129)];

    [Theory]
    [MemberData(nameof(NotPrincipals))]
    public void Text_ThatIsNoPrincipal_IsRefused(int index)
    {
        // By index: a lone surrogate does not survive the trip through the test runner.
        Assert.False(Principal.TryParse(BadNames[index], null, out var read));
        Assert.False(read.IsValid);
        Assert.Throws<FormatException>(() => Principal.Parse(BadNames[index]!));
    }

    [Theory]
    [InlineData("notebook", "notebook", null)]
    [InlineData("notebook@3", "notebook", 3)]
    [InlineData("a-1@2147483647", "a-1", int.MaxValue)]
    public void TemplateReference_WrittenAndRead_IsTheSame(string text, string name, int? version)
    {
        var reference = TemplateReference.Parse(text);

        Assert.Equal((name, version, text), (reference.Name, reference.Version, reference.ToString()));
        Assert.True(reference.IsValid);
        Assert.Equal($"{name}@7", reference.At(7).ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("@1")]
    [InlineData("Notebook")]
    [InlineData("note book")]
    [InlineData("notebook@")]
    [InlineData("notebook@0")]
    [InlineData("notebook@-1")]
    [InlineData("notebook@+1")]
    [InlineData("notebook@ 1")]
    [InlineData("notebook@1@2")]
    [InlineData("notebook@2147483648")]
    [InlineData("a/b")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void Text_ThatIsNoTemplateReference_IsRefused(string? text)
    {
        Assert.False(TemplateReference.TryParse(text, null, out var read));
        Assert.False(read.IsValid);
        Assert.Throws<FormatException>(() => TemplateReference.Parse(text!));
    }

    [Fact]
    public void TemplateReference_AtAVersionThatCannotBe_IsNotValid() => Assert.False(TemplateReference.Parse("notebook").At(0).IsValid);

    [Fact]
    public void CommandId_WrittenAndRead_IsTheSame()
    {
        var id = CommandId.New();

        Assert.Equal(id, CommandId.Parse(id.ToString()));
        Assert.Equal(id, CommandId.Parse(id.ToString().ToUpperInvariant()));
        Assert.Matches("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", id.ToString());
        Assert.NotEqual(id, CommandId.New());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    [InlineData("00112233-4455-6677-8899-aabbccddeefg")]
    public void Text_ThatIsNoCommandId_IsRefused(string? text)
    {
        Assert.False(CommandId.TryParse(text, null, out var read));
        Assert.True(read.IsDefault);
        Assert.Throws<FormatException>(() => CommandId.Parse(text!));
    }

    private static string PathOf(int length) => string.Join('/', Enumerable.Repeat(new string('a', 50), 4).Append(new string('a', length - 204)));

    private static void Check<T>(Gen<T> gen, Func<T, bool> property) => Prop.ForAll(gen.ToArbitrary(), property).QuickCheckThrowOnFailure();
}
