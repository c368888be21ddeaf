using Sessions.Architecture.Tests.Support;

namespace Sessions.Architecture.Tests;

/// <summary>The style that the build does not check.</summary>
public sealed class SourceStyleTests
{
    private static readonly string[] Folders = ["src", "tests"];

    [Fact]
    public void SourceFiles_AsTheyAre_HaveNoFault()
    {
        var files = Folders
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(static folder => folder is "bin" or "obj"))
            .ToList();

        Assert.InRange(files.Count, 500, int.MaxValue);
        Assert.Empty(files.SelectMany(file => SourceStyle.Faults(File.ReadAllText(file)).Select(fault => $"{Path.GetRelativePath(Repository.Root, file)}: {fault}")));
    }

    [Theory]
    [InlineData("using Npgsql;\nusing System;\n", "'using System;' stands behind 'using Npgsql;'.")]
    [InlineData("using System.Text;\nusing System.Net;\n", "'using System.Net;' stands behind 'using System.Text;'.")]
    [InlineData("using A = B;\nusing C;\n", "'using C;' stands behind 'using A = B;'.")]
    [InlineData("class C { int x; int Get() => this.x; }", "'this.x' needs no 'this'.")]
    public void Fault_IsFound(string source, string fault) => Assert.Equal([fault], SourceStyle.Faults(source));

    [Theory]
    [InlineData("using System;\nusing System.Net;\nusing Npgsql;\nusing static System.Math;\nusing A = B;\n")]
    [InlineData("class C { int x; C(int x) => this.x = x; }")]
    [InlineData("class C : Grain { string Key => this.GetPrimaryKeyString(); }")]
    public void WhatIsInOrder_HasNoFault(string source) => Assert.Empty(SourceStyle.Faults(source));
}
