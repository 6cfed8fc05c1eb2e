"""How well the feature model tells people apart by group, as far as LFW's pictures and names allow.

Nobody's sex or origin is known here: people are put into groups by their names, which is right for most and wrong for
some; names that say nothing leave their bearers out.
"""

import cv2
import numpy as np

WOMEN = """Alexandra Amanda Amy Ana Angela Anna Anne Ashley Barbara Brooke Carla Carol Carolina Catherine Cecilia
Christine Cindy Claire Claudia Cristina Debra Diana Diane Donna Elena Elizabeth Ellen Emily Emma Erin Eva Gina Gloria
Heather Jacqueline Jane Janet Jennifer Jessica Joan Julia Julie Karen Kate Kathleen Kathryn Katie Kirsten Kristin Laura
Laurie Linda Lindsay Lisa Lynne Margaret Maria Marina Martha Mary Melissa Michelle Monica Nancy Naomi Natalie Nicole
Nikki Patricia Patti Patty Paula Penelope Princess Queen Rachel Rita Ruth Sally Sandra Sarah Sharon Sheila Suzanne
Tatiana Vanessa Victoria""".split()
MEN = """Aaron Adam Adrian Alan Alejandro Alexander Alfonso Alfredo Alvaro Andrew Andy Anthony Antonio Arnold Barry Ben
Benjamin Bernard Bill Bob Bobby Brad Brandon Brendan Brett Brian Bruce Bryan Carlos Charles Charlie Christopher Chuck
Colin Craig Curtis Dan Daniel Danny Dave David Dean Dennis Derek Dick Diego Don Donald Doug Douglas Ed Eddie Eduardo
Edward Enrique Eric Ernie Felipe Felix Fernando Francisco Frank Franz Fred Gary George Gerald Gerard Gordon Greg Gregory
Guillermo Gustavo Harry Hector Henry Howard Hugh Hugo Ian Jack Jacques James Jason Javier Jay Jeff Jeffrey Jeremy Jerry
Jim Jimmy Joe John Johnny Jon Jonathan Jorge Jose Joseph Joshua Juan Julio Justin Keith Ken Kenneth Kevin Kurt Larry
Lawrence Leonardo Luis Manuel Marc Marcelo Marco Marcos Marcus Mario Mark Martin Matt Matthew Michael Miguel Mike Nathan
Nelson Nick Norman Oscar Patrick Paul Pedro Pete Peter Phil Pierre Prince Rafael Ralph Ramon Randy Raul Ray Ricardo
Richard Rick Ricky Rob Robert Roberto Roger Ron Ronald Roy Ryan Scott Sean Stephen Steve Steven Thomas Tim Todd Tom
Tommy Tony Troy Vladimir Walter William Wolfgang""".split()
EAST_ASIAN = """Abe Cao Chan Chang Chen Cheng Cheung Choi Chow Chung Deng Feng Fukuda Gao Guo Han Hashimoto Ho Hong Hu
Huang Hui Inoue Ito Jang Jia Jiang Jin Jun Jung Kato Kawaguchi Kim Kobayashi Koizumi Kong Kuo Kwon Lau Leung Li Liang
Lim Lin Liu Lu Luo Ma Mori Moon Murakami Nakamura Ng Nguyen Noguchi Okada Ono Pan Park Peng Qiao Qian Roh Sasaki Sato
Shen Sun Suzuki Takahashi Takeuchi Tan Tanaka Tang Tian Tsang Tung Wang Watanabe Wei Wen Wong Wu Xiang Xie Xu Yamamoto
Yamaguchi Yan Yang Yao Ye Yi Yoon Yu Yuan Zeng Zhang Zhao Zheng Zhou Zhu""".split()
ARAB = """Abdel Abdul Abdullah Abdulaziz Abu Ahmad Ahmed Ali Amr Ayad Bashar Fahd Farouk Hamid Hamza Hasan Hassan
Hussein Ibrahim Iyad Jalal Jamal Khaled Khalid Khan Mahmoud Mohamed Mohammad Mohammed Muhammad Mustafa Nabil Nasser Omar
Osama Pervez Qusay Rashid Saddam Said Saeed Saeb Salman Tariq Yasser Yasir Yousaf Zafarullah""".split()
BY_FIRST_NAME = {"women": WOMEN, "men": MEN}
BY_ANY_NAME = {"East Asian names": EAST_ASIAN, "Arab and Pakistani names": ARAB}


def named_groups(people: list[str]) -> dict[str, np.ndarray]:
    """Rows of each group; `people` holds a name (Given_Family) for each picture.

    Sex goes by the first name; origin by any name, and takes precedence over sex.
    """
    parts = [name.split("_") for name in people]
    far = {group: np.array([not set(known).isdisjoint(p) for p in parts]) for group, known in BY_ANY_NAME.items()}
    near = {group: np.array([p[0] in known for p in parts]) for group, known in BY_FIRST_NAME.items()}
    elsewhere = np.any(list(far.values()), axis=0)
    groups = {**{name: rows & ~elsewhere for name, rows in near.items()}, **far}
    return {name: np.nonzero(rows)[0] for name, rows in groups.items()}


def pictured_groups(crops: list[np.ndarray], landmarks: np.ndarray) -> dict[str, np.ndarray]:
    """Rows of the darkest, the least sharp and the most turned faces: a tenth of all each."""
    grey = [cv2.cvtColor(crop[16:-16, 16:-16], cv2.COLOR_BGR2GRAY) for crop in crops]
    eyes = landmarks[:, 1] - landmarks[:, 0]
    off = landmarks[:, 2] - landmarks[:, :2].mean(1)
    measures = {
        "darkest tenth": [float(face.mean()) for face in grey],
        "least sharp tenth": [float(cv2.Laplacian(face, cv2.CV_32F).var()) for face in grey],
        "most turned tenth": -np.abs((off * eyes).sum(1) / (eyes * eyes).sum(1)),
    }
    return {name: np.argsort(values)[: len(crops) // 10] for name, values in measures.items()}


def rates(features: np.ndarray, people: np.ndarray, rows: np.ndarray, others: np.ndarray, cosine: float) -> dict:
    """Of the pairs of a picture of `rows` with one of `others`: how often two people, how often one is accepted."""
    accepted, same, counts = features[rows] @ features[others].T >= cosine, people[rows, None] == people[others], {}
    real = rows[:, None] != others
    for name, kind in (("others_accepted", ~same), ("same_accepted", same & real)):
        counts[name] = float(accepted[kind].mean()) if kind.any() else float("nan")
    return {"pictures": len(rows), "people": len(np.unique(people[rows])), **counts}


def by_group(
    features: np.ndarray, names: list[str], crops: list[np.ndarray], landmarks: np.ndarray, cosine: float
) -> dict[str, dict]:
    """`names` and crops of all pictures. People of a group among themselves; pictures of a kind against all."""
    people = np.unique(names, return_inverse=True)[1]
    everyone = np.arange(len(names))
    named = {name: rates(features, people, rows, rows, cosine) for name, rows in named_groups(names).items()}
    pictured = pictured_groups(crops, landmarks)
    kinds = {name: rates(features, people, rows, everyone, cosine) for name, rows in pictured.items()}
    return {"everyone": rates(features, people, everyone, everyone, cosine), **named, **kinds}
