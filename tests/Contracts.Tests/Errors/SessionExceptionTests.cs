using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Sessions.Contracts.Tests.Support;

namespace Sessions.Contracts.Tests.Errors;

public class SessionExceptionTests
{
    private static readonly IServiceProvider Services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    private static readonly Type[] Leaves =
        [.. typeof(SessionException).Assembly.GetTypes().Where(type => type.BaseType == typeof(SessionException))];

    private static readonly SessionErrorCode[] All =
        [.. Enum.GetValues<SessionErrorCode>().Where(code => code != SessionErrorCode.Invalid)];

    public static TheoryData<SessionErrorCode> Codes => new(All);

    [Fact]
    public void Exception_Serialized_ArrivesWithItsErrorAndMessage()
    {
        var serializer = Services.GetRequiredService<Serializer>();

        var read = serializer.Deserialize<Exception>(serializer.SerializeToArray<Exception>(Thrown()));

        AssertSame(read);
    }

    [Fact]
    public void Exception_CopiedWithinASilo_KeepsItsErrorAndMessage() =>
        AssertSame(Services.GetRequiredService<DeepCopier>().Copy<Exception>(Thrown()));

    [Theory]
    [MemberData(nameof(Codes))]
    public void Code_MadeAnException_IsTheLeafOfItsName(SessionErrorCode code)
    {
        var inner = new TimeoutException();
        var exception = SessionException.From(Samples.Error with { Code = code }, inner);

        // Internal says all there is to say in the base.
        Assert.Equal(code == SessionErrorCode.Internal ? nameof(SessionException) : $"{code}Exception", exception.GetType().Name);
        Assert.Equal(code, exception.Code);
        Assert.Equal(Samples.Id, exception.SessionId);
        Assert.Equal(Samples.Error.Message, exception.Message);
        Assert.Same(inner, exception.InnerException);
    }

    [Fact]
    public void Leaves_TakenTogether_AreEachReachedByACode()
    {
        var reached = All.Select(code => SessionException.From(new SessionError { Code = code }).GetType()).ToHashSet();

        Assert.NotEmpty(Leaves);
        Assert.Empty(Leaves.Except(reached));
    }

    [Theory]
    [InlineData((SessionErrorCode)200)]
    [InlineData(SessionErrorCode.Invalid)]
    public void Code_ThatThisVersionDoesNotKnow_IsTheBaseWithItsData(SessionErrorCode code)
    {
        var exception = SessionException.From(Samples.Error with { Code = code });

        Assert.Equal(typeof(SessionException), exception.GetType());
        Assert.Equal(code, exception.Code);
        Assert.Equal(Contents.Of(Samples.Error with { Code = code }), Contents.Of(exception.Error));
    }

    [Fact]
    public void Leaf_AskedForItsData_AnswersFromTheError()
    {
        foreach (var leaf in Leaves)
        {
            var exception = Activator.CreateInstance(leaf, Samples.Error, null)!;
            foreach (var property in leaf.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly))
            {
                var source = typeof(SessionError).GetProperty(property.Name) ?? typeof(SessionError).GetProperty(property.Name + "Version");
                Assert.Equal(Contents.Of(source!.GetValue(Samples.Error)), Contents.Of(property.GetValue(exception)));
            }
        }
    }

    private static SessionException Thrown()
    {
        try
        {
            throw new SessionException(Samples.Error);
        }
        catch (SessionException thrown)
        {
            return thrown;
        }
    }

    private static void AssertSame(Exception? read)
    {
        var exception = Assert.IsType<SessionException>(read);
        Assert.Equal(Contents.Of(Samples.Error), Contents.Of(exception.Error));
        Assert.Equal(Samples.Error.Message, exception.Message);
        Assert.Equal(Samples.Error.Code, exception.Code);
    }
}
