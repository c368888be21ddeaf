global using Sessions.TestKit;
global using Xunit;
