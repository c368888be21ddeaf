using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Sessions.Grains.Hosting;

namespace Sessions.Contracts.Tests.Identity;

/// <summary>Whom a rule about data means.</summary>
public class DataSubjectTests
{
    private static readonly SessionId Session = SessionId.Parse("s-0123456789abcdefghjkmnpqrs");

    // Few segments and few names, so that patterns and namespaces meet.
    private static readonly Gen<string> AnyNamespace =
        Gen.Choose(1, 4).SelectMany(count => Gen.ArrayOf(Gen.Elements("a", "b", "c"), count)).Select(Joined);

    private static readonly Gen<string> AnyPattern =
        from segments in Gen.Choose(1, 4).SelectMany(count => Gen.ArrayOf(Gen.Elements("a", "b", "*"), count))
        from below in Gen.Elements(true, false)
        select Joined(below ? [.. segments, "**"] : segments);

    public static TheoryData<string?> NotSubjects =>
    [
        null, "", "/", "acme/", "**/acme", "acme/**/eval", "acme/***", "acme/ev*", "Acme", "acme eval", "acme//*", "*/", "größe",
        new string('a', 64), string.Join('/', Enumerable.Repeat("a", 10)), string.Join('/', Enumerable.Repeat(new string('a', 60), 6)),
    ];

    [Theory]
    [MemberData(nameof(NotSubjects))]
    public void Text_ThatIsNoSubject_IsRefused(string? text)
    {
        Assert.False(DataSubject.TryParse(text, out var read));
        Assert.False(read.IsValid);
        Assert.Throws<FormatException>(() => DataSubject.Parse(text!));
    }

    [Theory]
    [InlineData("acme/prod", "acme/prod", true)]
    [InlineData("acme/prod", "acme/prod/eval", false)]
    [InlineData("acme/prod", "acme", false)]
    [InlineData("acme/*", "acme/prod", true)]
    [InlineData("acme/*", "acme", false)]
    [InlineData("acme/*", "acme/prod/eval", false)]
    [InlineData("acme/*/eval", "acme/prod/eval", true)]
    [InlineData("acme/*/eval", "acme/prod/train", false)]
    [InlineData("acme/**", "acme", true)]
    [InlineData("acme/**", "acme/prod/eval", true)]
    [InlineData("acme/**", "acme2", false)]
    [InlineData("*/prod/**", "globex/prod", true)]
    [InlineData("**", "globex/prod/eval", true)]
    [InlineData("s-0123456789abcdefghjkmnpqrs", "globex", true)]
    [InlineData("s-1123456789abcdefghjkmnpqrs", "globex", false)]
    public void Subject_AskedForASession_MeansThoseOfTheNamespacesThatItMatches(string subject, string @namespace, bool means) =>
        Assert.Equal(means, DataSubject.Parse(subject).Matches(Session, SessionNamespace.Parse(@namespace)));

    [Theory]
    [InlineData("acme/*", "acme/**", false)]
    [InlineData("acme/**", "acme/*", true)]
    [InlineData("acme/**", "acme/*/**", true)]
    [InlineData("acme/*/**", "acme/**", false)]
    [InlineData("**", "s-0123456789abcdefghjkmnpqrs", true)]
    [InlineData("acme/**", "s-0123456789abcdefghjkmnpqrs", false)]
    [InlineData("s-0123456789abcdefghjkmnpqrs", "**", false)]
    public void Subject_AskedForAnother_CoversWhatMeansNobodyElse(string outer, string inner, bool covers) =>
        Assert.Equal(covers, DataSubject.Parse(outer).Covers(DataSubject.Parse(inner)));

    [Fact]
    public void Subject_ThatCoversAnother_MeansEverybodyWhomThatMeans() => Prop.ForAll(
        Arb.From(from outer in AnyPattern from inner in AnyPattern from @namespace in AnyNamespace select (outer, inner, @namespace)),
        values =>
        {
            var (outer, inner) = (DataSubject.Parse(values.outer), DataSubject.Parse(values.inner));
            var @namespace = SessionNamespace.Parse(values.@namespace);
            return !outer.Covers(inner) || !inner.Matches(Session, @namespace) || outer.Matches(Session, @namespace);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));

    [Fact]
    public void Subject_Matching_AgreesWithARegularExpression() => Prop.ForAll(
        Arb.From(from pattern in AnyPattern from @namespace in AnyNamespace select (pattern, @namespace)),
        values =>
        {
            var expression = string.Concat(values.pattern.Split('/').Select(
                segment => segment switch { "**" => "(/[^/]+)*", "*" => "/[^/]+", _ => "/" + segment }));
            return DataSubject.Parse(values.pattern).Matches(Session, SessionNamespace.Parse(values.@namespace))
                == System.Text.RegularExpressions.Regex.IsMatch("/" + values.@namespace, $"^{expression}$");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));

    [Fact]
    public void Subject_ThatIsStoredAndCannotBeRead_IsKeptAndMeansNobody()
    {
        var read = JsonSerializer.Deserialize<DataSubject>("\"acme/[0-9]\"");

        Assert.False(read.IsValid);
        Assert.Equal("acme/[0-9]", read.ToString());
        Assert.False(read.Matches(Session, SessionNamespace.Parse("acme/7")));
        Assert.False(read.Covers(DataSubject.Parse("acme")));
        Assert.False(DataSubject.Parse("**").Covers(read));
    }

    private static string Joined(string[] segments) => string.Join('/', segments);
}
