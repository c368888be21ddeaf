using System.Reflection;
using Sessions.Contracts.Tests.Support;
using Sessions.Core;
using Sessions.Grains;

namespace Sessions.Contracts.Tests.Wire;

public class WireRulesTests
{
    private static readonly IReadOnlyList<Type> All =
    [
        .. WireTypes.In(WireTypes.Contracts), .. WireTypes.In(typeof(SessionRecord).Assembly), .. WireTypes.In(typeof(IPolicyService).Assembly),
    ];

    public static TheoryData<Type> Types => new(All);

    private static readonly IReadOnlyList<Type> Grains =
        [.. WireTypes.Contracts.GetTypes().Where(type => type.IsInterface && type.IsAssignableTo(typeof(IAddressable)))];

    public static TheoryData<Type> Interfaces => new(Grains);

    [Theory]
    [MemberData(nameof(Types))]
    public void Type_OnTheWire_HasAnAliasOfOurs(Type type) => Assert.Matches(@"^sessions\.\w+$", WireTypes.AliasOf(type));

    [Fact]
    public void Aliases_TakenTogether_AreUnique()
    {
        var aliases = All.Concat(Grains).Select(WireTypes.AliasOf).ToList();

        Assert.True(aliases.Count > 30);
        Assert.Equal(aliases.Distinct(), aliases);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Member_OfATypeOnTheWire_HasANumberOfItsOwn(Type type)
    {
        if (type.IsEnum)
        {
            return;
        }

        Assert.Empty(Contents.State(type).Where(member => !member.IsDefined(typeof(IdAttribute))).Select(member => member.Name));
        var numbers = Contents.State(type).Select(member => member.GetCustomAttribute<IdAttribute>()!.Id).Order().ToList();
        Assert.Equal(Enumerable.Range(0, numbers.Count).Select(n => (uint)n), numbers);
    }

    [Fact]
    public void State_OfATypeWithAForgottenNumber_IsFound() =>
        Assert.Equal(
            ["Forgotten", "forgottenToo"],
            Contents.State(typeof(Forgetful)).Where(member => !member.IsDefined(typeof(IdAttribute))).Select(member => member.Name));

    [Theory]
    [MemberData(nameof(Types))]
    public void Enumeration_OnTheWire_HasAZeroThatIsRefused(Type type)
    {
        if (type.IsEnum)
        {
            Assert.Equal(type.IsDefined(typeof(FlagsAttribute), false) ? "None" : "Invalid", Enum.GetName(type, Enum.ToObject(type, 0)));
        }
    }

    [Theory]
    [MemberData(nameof(Interfaces))]
    public void InterfaceOfAGrainOrObserver_AndItsMethods_HaveAliases(Type type)
    {
        Assert.Matches(@"^sessions\.I\w+(Grain|Holder)$", WireTypes.AliasOf(type));
        var aliases = type.GetMethods().Select(WireTypes.AliasOf).ToList();
        Assert.NotEmpty(aliases);
        Assert.DoesNotContain("", aliases);
        Assert.Equal(aliases.Distinct(), aliases);
    }

    private sealed class Forgetful(int forgottenToo)
    {
        [Id(0)]
        public int Numbered { get; init; }

        public string? Forgotten { get => field ?? "default"; init; }

        private readonly int forgottenToo = forgottenToo;

        public int Sum => forgottenToo + Numbered;
    }
}
